package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// crowd is how many orphans are reaped at a time.
const crowd = 10_000

// orphans measures how fast the first process of a PID namespace reaps orphans that
// have all died while it was stopped: a loop of wait(2) in C, tini, and zinit-pid1
// with its server. Where no namespace may be made nothing is measured.
func (b *bench) orphans(ctx context.Context) error {
	if os.Getuid() != 0 {
		fmt.Fprintln(os.Stderr, "bench: left out: orphans: it takes root to make a PID namespace")
		return nil
	}
	firsts := []string{"floor", "zinit"}
	if _, err := exec.LookPath("tini"); err == nil && b.peers {
		firsts = append(firsts, "tini")
	}
	took := samples{}
	for range b.rounds {
		for _, first := range firsts {
			d, err := b.reaped(ctx, first)
			if err != nil {
				return fmt.Errorf("cannot measure orphans below %s: %w", first, err)
			}
			took.add(first, d)
		}
	}
	b.table.ratio(fmt.Sprintf("%d orphans reaped as PID 1", crowd), took, 0)
	if tini := median(took["tini"]); tini > 0 {
		b.table.number("orphans: time / tini's", float64(median(took["zinit"]))/float64(tini), "x", 1)
	}
	return nil
}

// reaped is how long one first process takes for one crowd.
func (b *bench) reaped(ctx context.Context, first string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp(b.ram, first)
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	burst := []string{b.crowd, "burst", strconv.Itoa(crowd), dir}
	argv := map[string][]string{
		"floor": append([]string{b.crowd, "init"}, burst...),
		"tini":  append([]string{"tini", "--"}, burst...),
		"zinit": {b.zinit, "pid1", "--container"},
	}[first]
	services := filepath.Join(dir, "services")
	if err := os.Mkdir(services, 0o755); err != nil {
		return 0, err
	}
	text := fmt.Sprintf("[service]\noneshot = true\nexec = [%s]\n", quoted(burst))
	if err := os.WriteFile(filepath.Join(services, "burst.toml"), []byte(text), 0o644); err != nil {
		return 0, err
	}
	// The mount is the namespace's own, so nothing but its end is needed afterwards.
	mounted := append([]string{"-c", `mount -t proc proc /proc && exec "$0" "$@"`}, argv...)
	cmd := exec.CommandContext(ctx, "sh", mounted...)
	cmd.Env = append(os.Environ(), "ZINIT_CONFIG_DIR="+services, "ZINIT_SOCKET="+filepath.Join(dir, "sock"), "ZINIT_LOG_LEVEL=error")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	return stoppedAndWoken(ctx, cmd.Process, dir)
}

// stoppedAndWoken plays the burst's counterpart.
func stoppedAndWoken(ctx context.Context, first *os.Process, dir string) (time.Duration, error) {
	if _, err := appears(ctx, filepath.Join(dir, "ready")); err != nil {
		return 0, err
	}
	if err := first.Signal(syscall.SIGSTOP); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		return 0, err
	}
	text, err := appears(ctx, filepath.Join(dir, "took"))
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return time.Duration(ns), err
}

// appears waits for a file and gives what is in it.
func appears(ctx context.Context, path string) (string, error) {
	for {
		text, err := os.ReadFile(path)
		if err == nil {
			return string(text), nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: %w", path, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
