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

// floods measures how fast a service may write, beside `prog | cat > /dev/null`, and
// into a rotated file beside supervisord, which does that for all.
func (b *bench) floods(ctx context.Context) error {
	for _, f := range []struct {
		mode, what string
		least      float64
	}{{"lines", "a write a line", 0.85}, {"blocks", "64 kB writes", 1.0}} {
		err := b.race(ctx, "log flood, "+f.what, f.mode, b.floodCat, b.floodZinit, f.least)
		if err != nil {
			return err
		}
		if _, err := exec.LookPath("supervisord"); err != nil || !b.peers {
			continue
		}
		err = b.race(ctx, "into a rotated file, "+f.what, f.mode, b.filedSupervisord, b.filedZinit, 1)
		if err != nil {
			return err
		}
		b.table.peer("floor: supervisord")
	}
	return nil
}

// race has two write in turn and enters their speeds.
func (b *bench) race(ctx context.Context, what, mode string, floor, zinit func(context.Context, string) (float64, error), least float64) error {
	var x, y []float64
	for range min(b.rounds, 3) {
		f, err := floor(ctx, mode)
		if err != nil {
			return err
		}
		z, err := zinit(ctx, mode)
		if err != nil {
			return err
		}
		x, y = append(x, f), append(y, z)
	}
	b.table.rate(what, x, y, least)
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
	return b.flood(ctx, b.contenders()[0], func(dir, mark string) ([]string, error) {
		text := fmt.Sprintf("[service]\nexec = [%s]\n", quoted([]string{b.service, mark, mode}))
		return b.zinitServer(dir), os.WriteFile(filepath.Join(dir, "flood.toml"), []byte(text), 0o644)
	})
}

// The files that are rotated: of so many bytes, and so many of them.
const (
	logSize = 10 << 20
	logKeep = 5
)

// filedZinit is floodZinit with a log file.
func (b *bench) filedZinit(ctx context.Context, mode string) (float64, error) {
	return b.flood(ctx, b.contenders()[0], func(dir, mark string) ([]string, error) {
		text := fmt.Sprintf("[service]\nexec = [%s]\n[logging]\nfile = %q\nmax_size = %d\nkeep = %d\n",
			quoted([]string{b.service, mark, mode}), filepath.Join(dir, "flood.log"), logSize, logKeep)
		return b.zinitServer(dir), os.WriteFile(filepath.Join(dir, "flood.toml"), []byte(text), 0o644)
	})
}

// filedSupervisord is the same of supervisord.
func (b *bench) filedSupervisord(ctx context.Context, mode string) (float64, error) {
	c := contender{"supervisord", "supervisord", nil, syscall.SIGTERM}
	return b.flood(ctx, c, func(dir, mark string) ([]string, error) {
		argv, err := laySupervisord(dir, 1, []string{b.service, mark, mode})
		if err != nil {
			return nil, err
		}
		file, err := os.OpenFile(filepath.Join(dir, "supervisord.conf"), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		_, err = fmt.Fprintf(file, "stdout_logfile=%s\nstdout_logfile_maxbytes=%d\nstdout_logfile_backups=%d\n",
			filepath.Join(dir, "flood.log"), logSize, logKeep)
		return argv, err
	})
}

// flood gives MB a second of what is laid out.
func (b *bench) flood(ctx context.Context, c contender, lay func(dir, mark string) ([]string, error)) (float64, error) {
	r, err := b.launch(ctx, c, 1, lay)
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
