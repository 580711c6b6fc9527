package boot

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// spareThreads is how many threads are made beforehand. In a pid cgroup that a
// fork bomb has filled the runtime cannot make another one, and a Go program that
// needs one then dies.
const spareThreads = 16

// Prewarm makes the threads that may be needed later, while there is room.
func Prewarm() {
	var ready, done sync.WaitGroup
	ready.Add(spareThreads)
	done.Add(spareThreads)
	gate := make(chan struct{})
	for range spareThreads {
		go func() {
			defer done.Done()
			// A goroutine that is locked to its thread has it for itself.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			_ = unix.Gettid()
			ready.Done()
			<-gate
		}()
	}
	ready.Wait()
	close(gate)
	done.Wait()
}
