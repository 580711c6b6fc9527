package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// fork starts this program in another role; 0: there is no room for it.
func fork(words ...string) int {
	null, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(null)
	pid, err := syscall.ForkExec("/proc/self/exe", append([]string{"actor"}, words...), &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{uintptr(null), uintptr(null), uintptr(null)},
	})
	if err != nil {
		return 0
	}
	return pid
}

func wait(pid int) {
	for {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != syscall.EINTR {
			return
		}
	}
}

// orphans makes so many of them, then says so, and waits to be told to stop. Each
// parent makes a hundred, and ends before they do.
func orphans(words []string) {
	count := number(words, 0, 1000)
	for made := 0; made < count; made += litter {
		pid := fork("parent")
		if pid == 0 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		wait(pid)
	}
	fmt.Printf("made %d orphans\n", count)
	serve(nil)
}

// litterer makes orphans for ever.
func litterer([]string) {
	for {
		if pid := fork("parent"); pid != 0 {
			wait(pid)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// litter is how many children a parent has.
const litter = 100

// parent makes orphans by ending before its children. They are bare forks: what
// counts is how many there are.
func parent([]string) {
	for range litter {
		if pid, _, _ := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0); pid == 0 {
			ts := syscall.Timespec{Nsec: 1_000_000}
			_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
			_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
}

// escape leaves a process behind in a session of its own, and serves.
func escape([]string) {
	null, _ := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"actor", "stay"}, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{uintptr(null), uintptr(null), uintptr(null)},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	fmt.Println("escaped", pid, err)
	serve(nil)
}

// pidfd says what pidfd_open(2) says.
func pidfd([]string) {
	const pidfdOpen = 434
	_, _, err := syscall.RawSyscall(pidfdOpen, uintptr(os.Getpid()), 0, 0)
	fmt.Println(err)
}

// bomb forks for ever, as its children do.
func bomb([]string) {
	for {
		pid, _, _ := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)
		if int(pid) < 0 {
			ts := syscall.Timespec{Nsec: 1_000_000}
			_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
		}
	}
}

// zombies counts them.
func zombies([]string) {
	entries, _ := os.ReadDir("/proc")
	count, all := 0, 0
	for _, entry := range entries {
		text, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		all++
		if _, rest, ok := strings.Cut(string(text), ") "); ok && strings.HasPrefix(rest, "Z") {
			count++
		}
	}
	fmt.Printf("%d zombies of %d processes\n", count, all)
}

// murder kills each process whose first word is this.
func murder(words []string) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		text, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		if first, _, _ := strings.Cut(string(text), "\x00"); len(words) == 1 && first == words[0] {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
