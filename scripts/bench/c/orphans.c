/* Orphans for a first process to reap.
 *
 *   orphans init COMMAND ARG...   the floor: starts the command and waits for
 *                                 everybody, in a loop
 *   orphans burst N DIR           has N orphans die while process 1 is stopped,
 *                                 then wakes it; writes the nanoseconds until
 *                                 the last of them is reaped to DIR/took. Makes
 *                                 DIR/ready when they live, and waits for DIR/go */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

/* crowd makes n processes that live until gate ends, and leaves them. */
static void crowd(int n, int gate) {
	char c;
	setpgid(0, 0);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid < 0)
			_exit(1);
		if (pid == 0) {
			(void)!read(gate, &c, 1);
			_exit(0);
		}
	}
	_exit(0);
}

static int burst(int n) {
	int gate[2], life[2], status;
	char c;
	if (pipe(gate) || pipe(life))
		return 1;
	pid_t group = fork();
	if (group == 0) {
		close(gate[1]);
		close(life[0]);
		crowd(n, gate[0]);
	}
	close(life[1]);
	if (waitpid(group, &status, 0) != group || status != 0)
		return 1;
	close(open("ready", O_CREAT | O_WRONLY, 0600));
	while (access("go", F_OK))
		usleep(1000);
	close(gate[1]);
	(void)!read(life[0], &c, 1); /* the end of life: all have closed it */
	usleep(50000);
	uint64_t begin = now();
	kill(1, SIGCONT);
	while (kill(-group, 0) == 0 || errno != ESRCH)
		usleep(2000);
	uint64_t took = now() - begin;
	FILE *f = fopen("took.new", "w");
	if (!f)
		return 1;
	fprintf(f, "%llu\n", (unsigned long long)took);
	fclose(f);
	return rename("took.new", "took");
}

int main(int argc, char **argv) {
	if (argc > 3 && !strcmp(argv[1], "burst"))
		return chdir(argv[3]) || burst(atoi(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "init")) {
		if (fork() == 0) {
			execv(argv[2], argv + 2);
			_exit(127);
		}
		while (wait(0) > 0)
			;
		return 0;
	}
	return 2;
}
