package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// contender is a supervisor that can be measured.
type contender struct {
	name string
	need string // the command without which it is left out
	// lay writes n services that run argv into dir and gives the command line
	// that supervises them.
	lay  func(dir string, n int, service []string) ([]string, error)
	stop syscall.Signal // the ordered end
}

// contenders are zinit, then the peers that are installed.
func (b *bench) contenders() []contender {
	all := []contender{{"zinit", b.zinit, b.layZinit, syscall.SIGTERM}}
	if !b.peers {
		return all
	}
	for _, c := range []contender{
		{"runit", "runsvdir", layRunit, syscall.SIGHUP},
		{"s6", "s6-svscan", layS6, syscall.SIGTERM},
		{"supervisord", "supervisord", laySupervisord, syscall.SIGTERM},
	} {
		if _, err := exec.LookPath(c.need); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// layZinit writes plain service files.
func (b *bench) layZinit(dir string, n int, service []string) ([]string, error) {
	return b.zinitServer(dir), files(n, func(i int) (string, string) {
		return filepath.Join(dir, fmt.Sprintf("s%05d.toml", i)),
			fmt.Sprintf("[service]\nexec = [%s]\n[lifecycle]\nrestart = \"always\"\nrestart_delay_ms = 0\n", quoted(service))
	})
}

func (b *bench) zinitServer(dir string) []string {
	return []string{b.zinit, "server", "--config-dir", dir, "--socket", dir + ".sock", "--log-level", "error"}
}

// layRunit and layS6 link the service itself as ./run: no shell in between.
func layRunit(dir string, n int, service []string) ([]string, error) {
	return []string{"runsvdir", dir}, links(dir, n, service[0])
}

func layS6(dir string, n int, service []string) ([]string, error) {
	return []string{"s6-svscan", "-c", "8000", dir}, links(dir, n, service[0])
}

func laySupervisord(dir string, n int, service []string) ([]string, error) {
	return supervisord(dir, n, service, "")
}

// supervisord has some more lines for each program.
func supervisord(dir string, n int, service []string, more string) ([]string, error) {
	conf := filepath.Join(dir, "supervisord.conf")
	text := fmt.Sprintf("[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=%s/pid\nminfds=10000\nchildlogdir=%s\n", dir, dir)
	for i := range n {
		text += fmt.Sprintf("[program:s%05d]\ncommand=%s\nstartsecs=0\n%s", i, strings.Join(service, " "), more)
	}
	return []string{"supervisord", "-c", conf}, os.WriteFile(conf, []byte(text), 0o600)
}

func files(n int, file func(int) (path, text string)) error {
	for i := range n {
		path, text := file(i)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func links(dir string, n int, program string) error {
	for i := range n {
		d := filepath.Join(dir, fmt.Sprintf("s%05d", i))
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
		if err := os.Symlink(program, filepath.Join(d, "run")); err != nil {
			return err
		}
	}
	return nil
}

func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(all, ", ")
}

// running is a contender at work.
type running struct {
	contender
	cmd   *exec.Cmd
	mark  *mark
	dir   string
	begin time.Duration // when it was started
	bin   string        // the service's program
}

// launch lays services out and starts c on them: n trivial ones, unless lay
// writes others that begin by saying so in the mark.
func (b *bench) launch(ctx context.Context, c contender, n int, lay func(dir, mark string) ([]string, error)) (*running, error) {
	m, err := newMark(b.ram)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.ram, c.name)
	if err != nil {
		return nil, err
	}
	if lay == nil {
		lay = func(dir, mark string) ([]string, error) { return c.lay(dir, n, []string{b.service, mark}) }
	}
	argv, err := lay(dir, m.path)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "MARK="+m.path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(c.stop) }
	cmd.WaitDelay = 10 * time.Second
	if c.name == "zinit" {
		cmd.Stderr = os.Stderr
	}
	r := &running{c, cmd, m, dir, clock(), b.service}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", c.name, err)
	}
	return r, nil
}

// booted waits until n services began and gives the time that took.
func (r *running) booted(ctx context.Context, n int) (time.Duration, error) {
	last, err := r.mark.await(ctx, n)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", r.name, err)
	}
	return last - r.begin, nil
}

// end stops the contender in order and gives the time until all is gone.
func (r *running) end(ctx context.Context) (time.Duration, error) {
	begin := clock()
	_ = r.cmd.Process.Signal(r.stop)
	_ = r.cmd.Wait()
	for len(r.mark.living(r.bin)) > 0 {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s left %d services running", r.name, len(r.mark.living(r.bin)))
		case <-time.After(time.Millisecond):
		}
	}
	return clock() - begin, nil
}

// close takes away what is left, whatever went wrong. Whoever launches closes.
func (r *running) close() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	for _, pid := range dwellers(r.dir) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	r.mark.close(r.bin)
	_ = os.RemoveAll(r.dir)
	_ = os.Remove(r.dir + ".sock")
	_ = os.RemoveAll(r.dir + ".sock.d")
}
