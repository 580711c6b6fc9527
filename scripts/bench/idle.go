package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// idling measures what many services cost that do nothing, and what a question
// costs meanwhile.
func (b *bench) idling(ctx context.Context) error {
	zinit := b.contenders()[0]
	base, err := b.emptiness(ctx, zinit)
	if err != nil {
		return err
	}
	b.table.number("server's private memory, no services", base/1000, "MB", 2.0)

	full, err := b.launch(ctx, zinit, b.small, nil)
	if err != nil {
		return err
	}
	defer full.close()
	if _, err := full.booted(ctx, b.small); err != nil {
		return err
	}
	pause(ctx, 3*time.Second)
	pid := full.cmd.Process.Pid
	b.table.number("private memory per idle service", (private([]int{pid})-base)/float64(b.small), "kB", 4)
	b.table.peer(b.memories(ctx))
	before := switches(pid)
	pause(ctx, b.idle)
	b.table.number(fmt.Sprintf("wake-ups in %v, %d idle services", b.idle, b.small), float64(switches(pid)-before), "", 0)
	b.table.number("threads", float64(threads(pid)), "", 39)
	if err := b.questions(ctx, full.dir+".sock"); err != nil {
		return err
	}
	_, err = full.end(ctx)
	return err
}

// emptiness is the private memory of a server without services, in kB.
func (b *bench) emptiness(ctx context.Context, zinit contender) (float64, error) {
	r, err := b.launch(ctx, zinit, 0, nil)
	if err != nil {
		return 0, err
	}
	defer r.close()
	pause(ctx, 2*time.Second)
	kB := private([]int{r.cmd.Process.Pid})
	_, err = r.end(ctx)
	return kB, err
}

// memories says what the peers take for each service, all their processes
// counted.
func (b *bench) memories(ctx context.Context) string {
	text := ""
	for _, c := range b.contenders()[1:] {
		kB, err := b.memory(ctx, c)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: left out:", err)
			continue
		}
		text += fmt.Sprintf("%s %.1f  ", c.name, kB)
	}
	return text
}

// memory is what a peer takes for each service, in kB.
func (b *bench) memory(ctx context.Context, c contender) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := b.launch(ctx, c, b.small, nil)
	if err != nil {
		return 0, err
	}
	defer r.close()
	if _, err := r.booted(ctx, b.small); err != nil {
		return 0, err
	}
	pause(ctx, time.Second)
	kB := private(tree(r.cmd.Process.Pid, b.service)) / float64(b.small)
	_, err = r.end(ctx)
	return kB, err
}
