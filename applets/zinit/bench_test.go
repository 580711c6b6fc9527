package zinit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"zinit/rpc"
)

// BenchmarkList is a whole call of list over 1 000 services, without the process.
func BenchmarkList(b *testing.B) {
	f := newFake()
	for i := range 1000 {
		name := fmt.Sprintf("service-%04d", i)
		f.set(rpc.Service{Name: name, Kind: "service", State: "running", Up: true, Wanted: true, Pid: 1000 + i, SinceMs: before(time.Hour)})
	}
	benchmark(b, f, "list")
}

// BenchmarkStatus is a whole call of status, without the process.
func BenchmarkStatus(b *testing.B) { benchmark(b, newFake(), "status", "database") }

func benchmark(b *testing.B, f *fake, args ...string) {
	c := &call{socket: serve(b, f)}
	for b.Loop() {
		world := c.console(io.Discard, io.Discard)
		world.out = bufio.NewWriterSize(io.Discard, 64<<10)
		if code := run(context.Background(), world, args); code != exitDone {
			b.Fatalf("got exit code %d", code)
		}
	}
}
