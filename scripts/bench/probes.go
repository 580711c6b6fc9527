package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// probes measures what many services cost whose port is tried every second.
func (b *bench) probes(ctx context.Context) error {
	const n = 500
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer door.Close()
	go func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	r, err := b.launch(ctx, b.contenders()[0], n, func(dir, mark string) ([]string, error) {
		return b.zinitServer(dir), files(n, func(i int) (string, string) {
			return filepath.Join(dir, fmt.Sprintf("s%05d.toml", i)),
				fmt.Sprintf("[service]\nexec = [%q, %q]\n[health]\ntype = \"tcp\"\nendpoint = %q\ninterval_ms = 1000\n", b.service, mark, door.Addr())
		})
	})
	if err != nil {
		return err
	}
	defer r.close()
	if _, err := r.booted(ctx, n); err != nil {
		return err
	}
	pause(ctx, 5*time.Second) // the first success of each is over
	const span = 10 * time.Second
	used, begun := spent(r.cmd.Process.Pid), clock()
	pause(ctx, span)
	percent := 100 * float64(spent(r.cmd.Process.Pid)-used) / float64(clock()-begun)
	b.table.number(fmt.Sprintf("%d tcp probes a second, of one core", n), percent, "%", 5)
	_, err = r.end(ctx)
	return err
}

// spent is the processor time that a process has had (proc(5): 14th and 15th field, in
// hundredths of a second).
func spent(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int
	if len(fields) > 12 {
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		ticks = user + system
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// noise measures how a server serves others while one service floods its log.
func (b *bench) noise(ctx context.Context) error {
	r, err := b.launch(ctx, b.contenders()[0], 2, func(dir, _ string) ([]string, error) {
		names := []string{"flood.toml", "quiet.toml"}
		texts := []string{
			"[service]\nexec = \"yes " + strings.Repeat("x", 79) + "\"\n",
			"[service]\nexec = 'while :; do date +%s%N; sleep 0.1; done'\n",
		}
		return b.zinitServer(dir), files(2, func(i int) (string, string) { return filepath.Join(dir, names[i]), texts[i] })
	})
	if err != nil {
		return err
	}
	defer r.close()
	pause(ctx, time.Second)
	nothing, err := b.times(ctx, "time", 20, b.nothing)
	if err != nil {
		return err
	}
	list, err := b.times(ctx, "time", 20, b.zinit, "--socket", r.dir+".sock", "list")
	if err != nil {
		return err
	}
	b.table.time("zinit list beside a flood", nothing, list, 100*time.Millisecond)
	late, err := b.lateness(ctx, r.dir+".sock", 30)
	if err != nil {
		return err
	}
	b.table.number("another's line beside a flood, median", float64(median(late).Microseconds())/1000, "ms", 300)
	b.table.number("another's line beside a flood, latest", float64(quantile(late, 1).Microseconds())/1000, "ms", 300)
	_, err = r.end(ctx)
	return err
}

// lateness is how long after it was written each of n lines is shown to a follower. The
// lines are the instants themselves.
func (b *bench) lateness(ctx context.Context, socket string, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.zinit, "--socket", socket, "logs", "-f", "-n", "0", "quiet")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	var all []time.Duration
	for lines := bufio.NewScanner(out); len(all) < n && lines.Scan(); {
		ns, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("cannot read the follower's line: %w", err)
		}
		all = append(all, time.Duration(time.Now().UnixNano()-ns))
	}
	if len(all) < n {
		return nil, fmt.Errorf("only %d of %d lines are shown beside a flood", len(all), n)
	}
	return all, nil
}
