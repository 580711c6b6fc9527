package reap

import (
	"runtime"
	"time"

	"zinit/proc/link"
)

// How long the next hint waits after one: a flood of orphans shall not become one of
// messages, nor shall who stops a service wait for long for the last of its group.
// With a reader who sleeps the wait doubles.
const (
	shortestPause = 2 * time.Millisecond
	longestPause  = 100 * time.Millisecond
)

// orphan notes that a hint is due.
func (l *Loop) orphan() {
	select {
	case l.orphans <- struct{}{}:
		// On a single processor the hint would wait until it is noticed that the
		// reaper sleeps in the kernel.
		runtime.Gosched()
	default:
	}
}

// hint tells of orphans until Run ends. There is at most one hint in the queue.
func (l *Loop) hint() {
	for range l.orphans {
		pause := shortestPause
		for !l.send.Offer(link.Orphans()) && !l.stopped.Load() {
			time.Sleep(pause)
			pause = min(2*pause, longestPause)
		}
		time.Sleep(shortestPause)
	}
}
