// Command bench measures zinit from outside, beside the floor (a C loop of vfork
// and execve of the same static program) and beside the supervisors that Debian
// has, and prints one table with the targets.
//
// Everything is measured in one run, round by round in turn, and the median
// counts: the machine's mood then falls on all alike. Compare ratios, not times.
// A missed target is said in the table and is no failure; a measurement that
// can't be made is one. It knows zinit's files and socket as any user does, and
// imports none of its packages.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// bench is one run: what to measure with, how much of it, and what came out.
type bench struct {
	dir, ram, zinit                string // for programs; for all that is written, in memory as /run is; the binary under test
	floor, service, nothing, crowd string // the C programs
	small, big                     int    // services of the usual boot and of the big one
	rounds                         int    // of which the median counts
	idle                           time.Duration
	peers                          bool
	only                           string // the one measure to make; empty: all
	table                          table
}

func main() {
	b := bench{}
	flag.StringVar(&b.zinit, "zinit", "./zinit", "the `binary` to measure")
	flag.IntVar(&b.small, "n", 1000, "services of the usual boot")
	flag.IntVar(&b.big, "big", 5000, "services of the big boot, 0 = leave it out")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of which the median counts")
	flag.DurationVar(&b.idle, "idle", 20*time.Second, "how long wake-ups are counted")
	flag.BoolVar(&b.peers, "peers", true, "measure runit, s6 and supervisor where they are installed")
	flag.StringVar(&b.only, "only", "", "make one `measure`: boots, chain, big, deaths, idling, floods, orphans, probes or noise")
	limit := flag.Duration("limit", 5*time.Minute, "give up after this long")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything there is and prints what it has, also when a
// measurement fails half way.
func (b *bench) run(ctx context.Context) (err error) {
	if b.zinit, err = filepath.Abs(b.zinit); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "zinit-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.ram, err = os.MkdirTemp(memory(), "zinit-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.ram)
	defer func() { b.table.print(os.Stdout) }()
	if err := b.compile(ctx); err != nil {
		return err
	}
	for _, m := range []struct {
		name string
		make func(context.Context) error
	}{
		{"boots", b.boots}, {"chain", b.chain}, {"big", b.bigBoot}, {"deaths", b.deaths}, {"idling", b.idling},
		{"floods", b.floods}, {"orphans", b.orphans}, {"probes", b.probes}, {"noise", b.noise},
	} {
		if b.only != "" && b.only != m.name {
			continue
		}
		if err := m.make(ctx); err != nil {
			return err
		}
	}
	return nil
}

// memory is a directory on a tmpfs, where there is one: zinit's run directory
// belongs there, and its rivals' directories are put there too.
func memory() string {
	const tmpfs = 0x01021994 // statfs(2)
	for _, dir := range []string{"/run", "/dev/shm"} {
		var st syscall.Statfs_t
		if err := syscall.Statfs(dir, &st); err == nil && st.Type == tmpfs {
			return dir
		}
	}
	return ""
}
