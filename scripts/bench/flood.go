package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// floods measures how fast a service may write, beside `prog | cat > /dev/null`.
func (b *bench) floods(ctx context.Context) error {
	for _, f := range []struct {
		mode, what string
		least      float64
	}{{"lines", "log flood, a write a line", 0.85}, {"blocks", "log flood, 64 kB writes", 1.0}} {
		var cat, zinit []float64
		for range min(b.rounds, 3) {
			c, err := b.floodCat(ctx, f.mode)
			if err != nil {
				return err
			}
			z, err := b.floodZinit(ctx, f.mode)
			if err != nil {
				return err
			}
			cat, zinit = append(cat, c), append(zinit, z)
		}
		b.table.rate(f.what, cat, zinit, f.least)
	}
	return nil
}

// floodCat gives MB a second into a pipe that cat empties.
func (b *bench) floodCat(ctx context.Context, mode string) (float64, error) {
	m, err := newMark(b.ram)
	if err != nil {
		return 0, err
	}
	defer m.close(b.service)
	cmd := exec.CommandContext(ctx, "sh", "-c", `"$0" "$1" "$2" | cat >/dev/null`, b.service, m.path, mode)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	speed, err := m.flooded(ctx)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait()
	return speed, err
}

// floodZinit gives MB a second of a service's stdout.
func (b *bench) floodZinit(ctx context.Context, mode string) (float64, error) {
	r, err := b.launch(ctx, b.contenders()[0], 1, func(dir, mark string) ([]string, error) {
		text := fmt.Sprintf("[service]\nexec = [%s]\n", quoted([]string{b.service, mark, mode}))
		return b.zinitServer(dir), os.WriteFile(filepath.Join(dir, "flood.toml"), []byte(text), 0o644)
	})
	if err != nil {
		return 0, err
	}
	defer r.close()
	speed, err := r.mark.flooded(ctx)
	if err != nil {
		return 0, err
	}
	_, err = r.end(ctx)
	return speed, err
}

// flooded waits until the writing is over and gives its speed in MB a second.
func (m *mark) flooded(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for m.word(2) == 0 {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("cannot measure a flood: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return float64(m.word(1)) * 1000 / float64(m.word(2)), nil
}
