package applets

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// web is a service whose health can be asked for in every way: web PORTFILE STATUSFILE
// listens on the port that PORTFILE names, and answers each request with the status in
// STATUSFILE; what is in the file SAY beside it, it says to NOTIFY_SOCKET, and takes the
// file away. web pick prints a port that is free.
func web() {
	if os.Args[1] == "pick" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		fmt.Println(l.Addr().(*net.TCPAddr).Port)
		return
	}
	port, err := os.ReadFile(os.Args[1])
	must(err)
	l, err := net.Listen("tcp", "127.0.0.1:"+strings.TrimSpace(string(port)))
	must(err)
	go speak(os.Args[2] + ".say")
	for {
		conn, err := l.Accept()
		must(err)
		go answer(conn, os.Args[2])
	}
}

// answer answers one request.
func answer(conn net.Conn, statusFile string) {
	defer conn.Close()
	if n, _ := conn.Read(make([]byte, 4096)); n == 0 {
		return
	}
	status, err := os.ReadFile(statusFile)
	must(err)
	fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nhi", strings.TrimSpace(string(status)))
}

// speak says what a file holds whenever there is one.
func speak(path string) {
	for ; ; <-time.After(time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			continue
		}
		must(os.Remove(path))
		conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
		must(err)
		_, err = conn.Write(text)
		must(err)
		must(conn.Close())
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
