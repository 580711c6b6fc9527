/* The floor: what the kernel itself takes, with nothing in between.
 *
 *   floor boot N SERVICE MARK     starts N, waits until all began, stops them;
 *                                 prints nanoseconds of the start, of the stop
 *   floor death N SERVICE MARK    kills one and starts another, N times; prints
 *                                 nanoseconds from kill to first instruction
 *   floor time N COMMAND ARG...   runs a command N times; prints nanoseconds of
 *                                 each whole run */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static pid_t start(char **argv) {
	pid_t pid = vfork();
	if (pid == 0) {
		execve(argv[0], argv, environ);
		_exit(127);
	}
	return pid;
}

static void await(volatile uint64_t *mark, uint64_t n) {
	while (__atomic_load_n(&mark[0], __ATOMIC_ACQUIRE) < n)
		usleep(20);
}

static void boot(int n, char **argv, uint64_t *mark) {
	pid_t *pids = calloc(n, sizeof *pids);
	uint64_t begin = now(), last = 0;
	for (int i = 0; i < n; i++)
		pids[i] = start(argv);
	await(mark, n);
	for (int i = 0; i < n; i++)
		last = mark[4 + 2 * i] > last ? mark[4 + 2 * i] : last;
	uint64_t stop = now();
	for (int i = 0; i < n; i++)
		kill(pids[i], SIGTERM);
	while (wait(0) > 0)
		;
	printf("%llu\n%llu\n", (unsigned long long)(last - begin), (unsigned long long)(now() - stop));
}

static void death(int n, char **argv, uint64_t *mark) {
	pid_t pid = start(argv);
	for (int i = 1; i <= n; i++) {
		await(mark, i);
		usleep(1000);
		uint64_t begin = now();
		kill(pid, SIGKILL);
		waitpid(pid, 0, 0);
		pid = start(argv);
		await(mark, i + 1);
		printf("%llu\n", (unsigned long long)(mark[4 + 2 * i] - begin));
	}
	kill(pid, SIGKILL);
	waitpid(pid, 0, 0);
}

static void runs(int n, char **argv) {
	for (int i = 0; i < n; i++) {
		uint64_t begin = now();
		int status;
		waitpid(start(argv), &status, 0);
		if (status != 0)
			exit(1);
		printf("%llu\n", (unsigned long long)(now() - begin));
	}
}

int main(int argc, char **argv) {
	if (argc < 4)
		return 2;
	int n = atoi(argv[2]);
	if (!strcmp(argv[1], "time")) {
		int out = dup(1);
		freopen("/dev/null", "w", stdout);
		stdout = fdopen(out, "w");
		fcntl(out, F_SETFD, FD_CLOEXEC);
		runs(n, argv + 3);
		return fflush(stdout);
	}
	int fd = open(argv[4], O_RDWR | O_CLOEXEC);
	uint64_t *mark = mmap(0, (4 + 2 * 32768) * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mark == MAP_FAILED)
		return 1;
	strcmp(argv[1], "boot") ? death(n, argv + 3, mark) : boot(n, argv + 3, mark);
	return 0;
}
