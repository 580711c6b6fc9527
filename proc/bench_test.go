package proc

import (
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/supervisor"
)

// benched is the program that is born and dies; a static one that does nothing
// shows most of what zinit adds.
func benched() string {
	if path := os.Getenv("BENCH_PROGRAM"); path != "" {
		return path
	}
	return "/bin/true"
}

// BenchmarkFork is the floor in Go: fork, exec, wait, and nothing else.
func BenchmarkFork(b *testing.B) {
	for b.Loop() {
		pid, err := syscall.ForkExec(benched(), []string{"true"}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSpawn is a birth and a death through the whole kernel, of a thousand
// services at a time.
func BenchmarkSpawn(b *testing.B) {
	benchSpawn(b, &configs.Service{Command: configs.Command{Argv: []string{benched()}}}, 2)
}

// BenchmarkUser is the same with another user.
func BenchmarkUser(b *testing.B) {
	benchSpawn(b, &configs.Service{User: "4242", Command: configs.Command{Argv: []string{benched()}}}, 2)
}

// BenchmarkLaunch is the same with orders. The binary under test is somewhat slower to
// begin than zinit.
func BenchmarkLaunch(b *testing.B) {
	benchSpawn(b, &configs.Service{NoNewPrivileges: true, Command: configs.Command{Argv: []string{benched()}}}, 3)
}

// benchSpawn waits for so many events of each service.
func benchSpawn(b *testing.B, spec *configs.Service, each int) {
	const many = 1000
	events := make(chan supervisor.Event, 4*many)
	k, err := NewKernel(KernelOptions{
		Life: "bench", Env: os.Environ(), Log: slog.New(slog.DiscardHandler),
		Post: func(ev supervisor.Event, ack func()) {
			events <- ev
			if ack != nil {
				ack()
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	k.Start()
	for b.Loop() {
		for i := range many {
			k.Do(supervisor.Spawn{Name: fmt.Sprint("s", i), Gen: 1, Spec: spec})
		}
		for range each * many {
			<-events
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*many), "µs/birth")
}
