/* The trivial service: says in a shared file when and as whom it began, then
 * waits for a signal, or writes as fast as it can for a second.
 *
 *   service [MARK [pause | lines | blocks]]      the variable MARK wins
 *
 * MARK is a file of 64-bit numbers: the count of starts, the bytes a second of all
 * who wrote, how many of them are done, the places given out, then for each start its
 * instant (CLOCK_MONOTONIC, ns) and its pid. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { STARTS = 32768, SIZE = (4 + 2 * STARTS) * 8 };

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void flood(uint64_t *mark, size_t size) {
	static char block[65536];
	uint64_t bytes = 0, begin = now(), took = 0;
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = i % 80 == 79 ? '\n' : 'a' + i % 23;
	block[size - 1] = '\n';
	while (took < 1000000000u) {
		for (int i = 0; i < (size > 4096 ? 4 : 256); i++) {
			ssize_t n = write(1, block, size);
			if (n < 0)
				_exit(1);
			bytes += n;
		}
		took = now() - begin;
	}
	__atomic_fetch_add(&mark[1], bytes * 1000000000u / took, __ATOMIC_RELAXED);
	__atomic_fetch_add(&mark[2], 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv) {
	const char *path = getenv("MARK"); /* s6 gives ./run an argument of its own */
	if (!path && argc > 1)
		path = argv[1];
	const char *mode = argc > 2 ? argv[2] : "pause";
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	uint64_t *mark = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mark == MAP_FAILED)
		return 1;
	close(fd);
	uint64_t at = now(), n = __atomic_fetch_add(&mark[3], 1, __ATOMIC_ACQ_REL);
	if (n < STARTS) {
		mark[4 + 2 * n] = at;
		mark[5 + 2 * n] = getpid();
	}
	__atomic_fetch_add(&mark[0], 1, __ATOMIC_RELEASE);
	if (!strcmp(mode, "lines"))
		flood(mark, 80);
	if (!strcmp(mode, "blocks"))
		flood(mark, 65536);
	for (;;)
		pause();
}
