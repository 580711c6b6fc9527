package main

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// roles are what it can play. Each gets the words after its name.
func roles() map[string]func(words []string) {
	return map[string]func([]string){
		"alone":   alone,
		"bomb":    bomb,
		"burst":   burst,
		"crash":   crash,
		"dial":    dial,
		"eat":     eat,
		"escape":  escape,
		"exit":    exit,
		"kill":    kill,
		"lines":   lines,
		"listen":  listen,
		"litter":  litterer,
		"crowd":   crowd,
		"murder":  murder,
		"nothing": func([]string) {},
		"orphans": orphans,
		"parent":  parent,
		"pidfd":   pidfd,
		"self":    self,
		"serve":   serve,
		"shoot":   shoot,
		"stay":    stay,
		"syslog":  syslog,
		"until":   until,
		"when":    when,
		"zombies": zombies,
	}
}

func main() {
	if len(os.Args) < 2 || roles()[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: actor ROLE [WORD]...")
		os.Exit(2)
	}
	roles()[os.Args[1]](os.Args[2:])
}

// number is a word as a number, or what it is without one.
func number(words []string, at, without int) int {
	if at >= len(words) {
		return without
	}
	n, err := strconv.Atoi(words[at])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return n
}

func milliseconds(words []string, at, without int) time.Duration {
	return time.Duration(number(words, at, without)) * time.Millisecond
}

// serve says that it is up, and that it stops when it is told to, after so many
// milliseconds.
func serve(words []string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	fmt.Println("up")
	<-signals
	fmt.Println("stopping")
	time.Sleep(milliseconds(words, 0, 0))
	fmt.Println("stopped")
}

// stay says that it is up, and does not stop.
func stay([]string) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
	fmt.Println("up")
	for {
		time.Sleep(time.Hour)
	}
}

// until ends with a code as soon as a file is there.
func until(words []string) {
	for range time.Tick(5 * time.Millisecond) {
		if _, err := os.Stat(words[0]); err == nil {
			fmt.Println("the file is there")
			os.Exit(number(words, 1, 0))
		}
	}
}

// when waits for a file and then plays another role.
func when(words []string) {
	for range time.Tick(5 * time.Millisecond) {
		if _, err := os.Stat(words[0]); err == nil {
			break
		}
	}
	roles()[words[1]](words[2:])
}

// shoot sends a process all signals but some.
func shoot(words []string) {
	for n := 1; n <= 64; n++ {
		if !slices.Contains(words[1:], strconv.Itoa(n)) {
			_ = syscall.Kill(number(words, 0, 0), syscall.Signal(n))
		}
	}
	fmt.Println("shot")
}

// exit ends with a code, after so many milliseconds.
func exit(words []string) {
	time.Sleep(milliseconds(words, 1, 0))
	os.Exit(number(words, 0, 0))
}

// kill ends by a signal.
func kill(words []string) {
	time.Sleep(milliseconds(words, 1, 0))
	signal := syscall.Signal(number(words, 0, 9))
	_ = syscall.Kill(os.Getpid(), signal)
	time.Sleep(time.Hour)
}

// lines writes numbered lines to both streams, one each in so many milliseconds, for
// ever or so many. A line is one write: it is whole or not there.
func lines(words []string) {
	gap, count := milliseconds(words, 0, 10), number(words, 1, -1)
	for i := 0; i != count; i++ {
		fmt.Fprintf(os.Stdout, "%s out %d\n", life(), i)
		fmt.Fprintf(os.Stderr, "%s err %d\n", life(), i)
		time.Sleep(gap)
	}
}

// crash writes so many lines as lines does, then exits with a code.
func crash(words []string) {
	lines(words)
	os.Exit(number(words, 2, 1))
}

// alone plays another role, and makes a file if somebody plays it already: the
// first word is the lock, the others are the role's.
func alone(words []string) {
	lock, err := syscall.Open(words[0], syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o666)
	if err == nil {
		err = syscall.Flock(lock, syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		_ = os.WriteFile(words[0]+".twin", []byte(err.Error()), 0o666)
	}
	roles()[words[1]](words[2:])
}

// life tells one incarnation's lines from the next one's.
func life() string { return strconv.Itoa(os.Getpid()) }

// eaten keeps the eater's memory from being given back.
var eaten [][]byte

// eat takes memory until the kernel minds.
func eat([]string) {
	for {
		block := make([]byte, 8<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		eaten = append(eaten, block)
		time.Sleep(time.Millisecond)
	}
}
