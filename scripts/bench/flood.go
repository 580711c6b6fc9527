package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// chorus is how many services write at once where it is not one alone.
const chorus = 4

// floods measures how fast services may write, beside `prog | cat > /dev/null`, and
// into rotated files beside supervisord, which does that for all.
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
		for _, to := range []struct {
			what     string
			services int
		}{{"into a rotated file, ", 1}, {fmt.Sprintf("into %d rotated files, ", chorus), chorus}} {
			err = b.race(ctx, to.what+f.what, f.mode, b.filedSupervisord(to.services), b.filedZinit(to.services), 1)
			if err != nil {
				return err
			}
			b.table.peer("floor: supervisord")
		}
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
	speed, err := m.flooded(ctx, 1)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait()
	return speed, err
}

// floodZinit gives MB a second of a service's stdout.
func (b *bench) floodZinit(ctx context.Context, mode string) (float64, error) {
	return b.flood(ctx, b.contenders()[0], 1, func(dir, mark string) ([]string, error) {
		return b.layFlood(dir, 1, mark, mode, "")
	})
}

// layFlood lays out n services that write, with what [logging] is to have. They run below
// zinit-pid1, as in a container, but nothing goes to its stdout.
func (b *bench) layFlood(dir string, n int, mark, mode, logging string) ([]string, error) {
	argv := []string{"env", "ZINIT_CONFIG_DIR=" + dir, "ZINIT_SOCKET=" + dir + ".sock", "ZINIT_CONSOLE=off",
		"ZINIT_LOG_LEVEL=error", b.zinit, "pid1", "--container"}
	return argv, files(n, func(i int) (string, string) {
		return filepath.Join(dir, fmt.Sprintf("flood%d.toml", i)), fmt.Sprintf("[service]\nexec = [%s]\n[logging]\n%s",
			quoted([]string{b.service, mark, mode}), strings.ReplaceAll(logging, "#", strconv.Itoa(i)))
	})
}

// The files that are rotated: of so many bytes, and so many of them.
const (
	logSize = 10 << 20
	logKeep = 5
)

// filedZinit is floodZinit of n services with log files, all together.
func (b *bench) filedZinit(n int) func(context.Context, string) (float64, error) {
	return func(ctx context.Context, mode string) (float64, error) {
		return b.flood(ctx, b.contenders()[0], n, func(dir, mark string) ([]string, error) {
			return b.layFlood(dir, n, mark, mode, fmt.Sprintf("file = %q\nmax_size = %d\nkeep = %d\n",
				filepath.Join(dir, "flood#.log"), logSize, logKeep))
		})
	}
}

// filedSupervisord is the same of supervisord.
func (b *bench) filedSupervisord(n int) func(context.Context, string) (float64, error) {
	return func(ctx context.Context, mode string) (float64, error) {
		return b.flood(ctx, contender{"supervisord", "supervisord", nil, syscall.SIGTERM}, n, func(dir, mark string) ([]string, error) {
			return supervisord(dir, n, []string{b.service, mark, mode},
				fmt.Sprintf("stdout_logfile=%s\nstdout_logfile_maxbytes=%d\nstdout_logfile_backups=%d\n",
					filepath.Join(dir, "%(program_name)s.log"), logSize, logKeep))
		})
	}
}

// flood gives MB a second of what is laid out, of n who write.
func (b *bench) flood(ctx context.Context, c contender, n int, lay func(dir, mark string) ([]string, error)) (float64, error) {
	r, err := b.launch(ctx, c, n, lay)
	if err != nil {
		return 0, err
	}
	defer r.close()
	speed, err := r.mark.flooded(ctx, n)
	if err != nil {
		return 0, err
	}
	_, err = r.end(ctx)
	return speed, err
}

// flooded waits until n are done with writing and gives their speed in MB a second.
func (m *mark) flooded(ctx context.Context, n int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for int(m.word(2)) < n {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("cannot measure a flood: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return float64(m.word(1)) / 1e6, nil
}
