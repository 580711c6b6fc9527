package applets

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// say is who sends to syslog: say [-stay] PATH TEXT… sends each text as a message of
// its own, with \n for a new line. With -listen it is another syslogd at that path;
// one that does not stay leaves its socket behind.
func say() {
	stay := flag.Bool("stay", false, "live on until SIGTERM")
	listen := flag.Bool("listen", false, "receive there")
	flag.Parse()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0)
	where := &syscall.SockaddrUnix{Name: flag.Arg(0)}
	switch {
	case err != nil:
	case *listen:
		err = syscall.Bind(fd, where)
	default:
		err = syscall.Connect(fd, where)
	}
	for _, text := range flag.Args()[min(1, flag.NArg()):] {
		if err == nil {
			_, err = syscall.Write(fd, []byte(strings.ReplaceAll(text, `\n`, "\n")))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *stay {
		<-signals
	}
}
