package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// listen says that it is up, serves a port of loopback after so many milliseconds, and
// tells whoever connects its pid. Once the file that it may be given is there, it
// serves no more but lives on, and the file is gone.
func listen(words []string) {
	fmt.Println("up")
	time.Sleep(milliseconds(words, 1, 0))
	door, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", number(words, 0, 80)))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("serving")
	if len(words) > 2 {
		go func() {
			for os.Remove(words[2]) != nil {
				time.Sleep(5 * time.Millisecond)
			}
			fmt.Println("serving no more")
			_ = door.Close()
		}()
	}
	for {
		conn, err := door.Accept()
		if err != nil {
			break
		}
		fmt.Fprintln(conn, os.Getpid())
		_ = conn.Close()
	}
	serve(nil)
}

// dial connects to a port of loopback once, and serves if it was answered.
func dial(words []string) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", number(words, 0, 80)))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_ = conn.Close()
	fmt.Println("answered")
	serve(nil)
}

// self says what it is: its user, groups and limit of open files, of which Go makes the
// soft one the hard one. It makes a file if it may, and serves.
func self(words []string) {
	groups, _ := os.Getgroups()
	fmt.Printf("user %d group %d groups %v\n", os.Getuid(), os.Getgid(), groups)
	limits, _ := os.ReadFile("/proc/self/limits")
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			fmt.Println("files", strings.Join(strings.Fields(rest)[:2], " "))
		}
	}
	if len(words) > 0 {
		fmt.Println("file:", os.WriteFile(words[0], nil, 0o600))
	}
	serve(nil)
}
