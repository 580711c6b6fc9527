package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed c/floor.c
var floorSource []byte

//go:embed c/service.c
var serviceSource []byte

//go:embed c/true.c
var nothingSource []byte

//go:embed c/orphans.c
var orphansSource []byte

// compile makes the C programs, static, in the working directory.
func (b *bench) compile(ctx context.Context) error {
	for _, p := range []struct {
		name   string
		source []byte
		path   *string
	}{{"floor", floorSource, &b.floor}, {"service", serviceSource, &b.service}, {"true", nothingSource, &b.nothing}, {"orphans", orphansSource, &b.crowd}} {
		*p.path = filepath.Join(b.dir, p.name)
		if err := os.WriteFile(*p.path+".c", p.source, 0o600); err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "gcc", "-static", "-O2", "-o", *p.path, *p.path+".c").CombinedOutput()
		if err != nil {
			return fmt.Errorf("cannot compile %s.c: %w: %s", p.name, err, out)
		}
	}
	return nil
}

// times runs the floor program in one of its modes and gives what it measured.
func (b *bench) times(ctx context.Context, mode string, n int, args ...string) ([]time.Duration, error) {
	cmd := exec.CommandContext(ctx, b.floor, append([]string{mode, strconv.Itoa(n)}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot measure %s %v: %w", mode, args, err)
	}
	var all []time.Duration
	for word := range strings.FieldsSeq(string(out)) {
		ns, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, err
		}
		all = append(all, time.Duration(ns))
	}
	return all, nil
}
