package applets

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// daemon is a service: daemon [-deaf] [-linger TIME] [-code N] NAME. It writes "NAME
// up" into the file order of the script's directory when it starts and "NAME down"
// when it has obeyed SIGTERM.
func daemon() {
	deaf := flag.Bool("deaf", false, "ignore SIGTERM")
	linger := flag.Duration("linger", 0, "from SIGTERM to the end")
	code := flag.Int("code", 0, "the exit code")
	flag.Parse()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	stamp(flag.Arg(0) + " up")
	for <-signals; *deaf; <-signals {
	}
	<-time.After(*linger)
	stamp(flag.Arg(0) + " down")
	os.Exit(*code)
}

// stamp appends one line, by one write, to the file order.
func stamp(line string) {
	f, err := os.OpenFile(os.Getenv("WORK")+"/order", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err == nil {
		_, err = f.WriteString(line + "\n")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}

// counter is a service that prints numbers, from 1, as long as it lives.
func counter() {
	for i := 1; ; i++ {
		fmt.Println("line", i)
		<-time.After(time.Millisecond)
	}
}
