// Command box runs a program in a control group of its own, GROUP, and in a cgroup
// namespace of which that is the root, as a container engine does.
// Usage: box GROUP PROGRAM [ARG…]
package main

import (
	"log"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

func main() {
	runtime.LockOSThread()
	group, argv := os.Args[1], os.Args[2:]
	must(os.Mkdir(group, 0o755))
	must(os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(os.Getpid())), 0))
	must(syscall.Unshare(syscall.CLONE_NEWNS | syscall.CLONE_NEWCGROUP))
	must(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	must(syscall.Unmount("/sys/fs/cgroup", syscall.MNT_DETACH))
	must(syscall.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, ""))
	must(syscall.Exec(argv[0], argv, os.Environ()))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
