package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// burst has so many orphans die at one moment, and says how many a second were
// reaped.
func burst(words []string) {
	count := number(words, 0, 5000)
	var gate [2]int
	if err := syscall.Pipe2(gate[:], syscall.O_CLOEXEC); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"actor", "crowd", fmt.Sprint(count)}, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{uintptr(gate[0]), 1, 2},
		Sys: &syscall.SysProcAttr{Setpgid: true}, // by which they are found
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	wait(pid)
	_ = syscall.Close(gate[0])
	began := time.Now()
	_ = syscall.Close(gate[1])
	for syscall.Kill(-pid, 0) != syscall.ESRCH {
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(began)
	fmt.Printf("%d orphans in %v: %.0f a second\n", count, took.Round(time.Millisecond), float64(count)/took.Seconds())
}

// crowd makes children that live until their stdin ends, and ends before them.
func crowd(words []string) {
	var b [8]byte
	for range number(words, 0, 5000) {
		if pid, _, _ := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0); pid == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&b)), 1)
			_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
}
