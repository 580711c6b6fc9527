package rpc

import (
	"bufio"
	"context"
	"fmt"
	"testing"
)

// BenchmarkRequest is one request and its answer, then the next.
func BenchmarkRequest(b *testing.B) {
	c := client(b, serve(b, &fake{}, Limits{}))
	for b.Loop() {
		if _, err := c.Ping(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPipelined writes requests as fast as it can while it reads the answers.
func BenchmarkPipelined(b *testing.B) {
	for name, text := range map[string]string{
		"ping":   `{"jsonrpc":"2.0","id":%d,"method":"system.ping"}`,
		"status": `{"jsonrpc":"2.0","id":%d,"method":"service.status","params":{"name":"web"}}`,
	} {
		b.Run(name, func(b *testing.B) { pipelined(b, text) })
	}
}

func pipelined(b *testing.B, text string) {
	conn := raw(b, serve(b, &quiet{fake: &fake{}}, Limits{}))
	var batch []byte
	const size = 100
	for i := range size {
		batch = append(batch, frameOf(fmt.Sprintf(text, i))...)
	}
	batches := b.N/size + 1
	b.ResetTimer()
	go func() {
		for range batches {
			conn.Write(batch)
		}
	}()
	in := bufio.NewReaderSize(conn, 64<<10)
	for range batches * size {
		head, err := in.Peek(headSize)
		if err != nil {
			b.Fatal(err)
		}
		n, err := frameSize(head)
		if err != nil {
			b.Fatal(err)
		}
		in.Discard(headSize + n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// quiet keeps no notes.
type quiet struct{ *fake }

func (quiet) Status(_ context.Context, p Name) (Service, error) {
	return Service{Name: p.Name, Kind: "service", State: "running", Up: true, Pid: 42}, nil
}
