package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// deaths measures the time from a service's SIGKILL to its replacement's first
// instruction.
func (b *bench) deaths(ctx context.Context) error {
	const n = 150
	took := samples{}
	m, err := newMark(b.ram)
	if err != nil {
		return err
	}
	floor, err := b.times(ctx, "death", n, b.service, m.path)
	m.close(b.service)
	if err != nil {
		return err
	}
	took["floor"] = floor
	for _, c := range b.contenders() {
		all, err := b.replaced(ctx, c, n)
		if err != nil && c.name == "zinit" {
			return err
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: left out:", err)
			continue
		}
		took[c.name] = all
	}
	// dinit: 0.88 and 2.2 ms where this floor was 0.13 ms.
	b.table.quantiles("death to replacement", took, 0.9*0.88/0.13, 2.2/0.13)
	return nil
}

// replaced kills n services one after the other, or as many as 8 s allow.
func (b *bench) replaced(ctx context.Context, c contender, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := b.launch(ctx, c, n, nil)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if _, err := r.booted(ctx, n); err != nil {
		return nil, err
	}
	pause(ctx, 1500*time.Millisecond) // none of them "dies at once" now
	var all []time.Duration
	for begun, i := clock(), 0; i < n && clock()-begun < 8*time.Second; i++ {
		_, pid := r.mark.start(i)
		begin := clock()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return nil, err
		}
		if _, err := r.mark.await(ctx, n+i+1); err != nil {
			return nil, err
		}
		at, _ := r.mark.start(n + i)
		all = append(all, at-begin)
		pause(ctx, 2*time.Millisecond)
	}
	_, err = r.end(ctx)
	return all, err
}

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
