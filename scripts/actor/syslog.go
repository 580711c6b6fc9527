package main

import (
	"fmt"
	"syscall"
	"time"
)

// syslog sends numbered messages to a socket, PATH, each some milliseconds after the
// one before, COUNT of them, and then serves. What goes wrong it prints: a message
// that finds no receiver is lost.
func syslog(words []string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil && len(words) > 0 {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: words[0]})
	}
	if err != nil {
		fmt.Println("not connected:", err)
	}
	pause := milliseconds(words, 1, 1)
	for i := range number(words, 2, 1000) {
		if _, err := syscall.Write(fd, fmt.Appendf(nil, "<14>Nov 23 15:04:05 actor[1]: message %d", i)); err != nil {
			fmt.Println("not sent:", i, err)
		}
		time.Sleep(pause)
	}
	fmt.Println("all sent")
	serve(nil)
}
