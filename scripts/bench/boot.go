package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// boots measures the start and the stop of many services.
func (b *bench) boots(ctx context.Context) error {
	boot, stop, err := b.rival(ctx, b.small, b.rounds, b.contenders())
	if err != nil {
		return err
	}
	b.table.ratio(fmt.Sprintf("boot of %d", b.small), boot, 2.2)
	// dinit, which this Debian does not have, stopped 1000 in 1.1 x the floor.
	b.table.ratio(fmt.Sprintf("stop of %d", b.small), stop, 1.65)
	return nil
}

// bigBoot asks whether the boot is linear.
func (b *bench) bigBoot(ctx context.Context) error {
	if b.big == 0 {
		return nil
	}
	zinit := b.contenders()[:1]
	boot, _, err := b.rival(ctx, b.big, b.rounds, zinit)
	if err != nil {
		return err
	}
	small := b.table.median(fmt.Sprintf("boot of %d", b.small))
	b.table.ratio(fmt.Sprintf("boot of %d", b.big), boot, 0)
	grown := float64(median(boot["zinit"])) / float64(small)
	b.table.number(fmt.Sprintf("boot of %d / of %d", b.big, b.small), grown, "x", 5.3*float64(b.big)/5000*1000/float64(b.small))
	return nil
}

// rival boots and stops n services with the floor and each contender, in turn;
// the peers in the first round only, as some take their time.
func (b *bench) rival(ctx context.Context, n, rounds int, cs []contender) (boot, stop samples, err error) {
	boot, stop = samples{}, samples{}
	for round := range rounds {
		m, err := newMark(b.ram)
		if err != nil {
			return nil, nil, err
		}
		floor, err := b.times(ctx, "boot", n, b.service, m.path)
		m.close(b.service)
		if err != nil {
			return nil, nil, err
		}
		boot.add("floor", floor[0])
		stop.add("floor", floor[1])
		for _, c := range cs {
			if round > 0 && c.name != "zinit" {
				continue
			}
			up, down, err := b.upAndDown(ctx, c, n)
			if err != nil && c.name == "zinit" {
				return nil, nil, err
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "bench: left out:", err)
				continue
			}
			boot.add(c.name, up)
			stop.add(c.name, down)
		}
	}
	return boot, stop, nil
}

// upAndDown boots n services and stops them.
func (b *bench) upAndDown(ctx context.Context, c contender, n int) (up, down time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := b.launch(ctx, c, n, nil)
	if err != nil {
		return 0, 0, err
	}
	defer r.close()
	if up, err = r.booted(ctx, n); err != nil {
		return 0, 0, err
	}
	down, err = r.end(ctx)
	return up, down, err
}

// chain boots services each of which requires the one before.
func (b *bench) chain(ctx context.Context) error {
	const links = 100
	boot := samples{}
	for range b.rounds {
		m, err := newMark(b.ram)
		if err != nil {
			return err
		}
		floor, err := b.times(ctx, "boot", links, b.service, m.path)
		m.close(b.service)
		if err != nil {
			return err
		}
		boot.add("floor", floor[0])
		up, err := b.chained(ctx, links)
		if err != nil {
			return err
		}
		boot.add("zinit", up)
	}
	b.table.ratio(fmt.Sprintf("chain of %d", links), boot, 4)
	return nil
}

// chained boots one chain.
func (b *bench) chained(ctx context.Context, links int) (time.Duration, error) {
	r, err := b.launch(ctx, b.contenders()[0], links, func(dir, mark string) ([]string, error) {
		return b.zinitServer(dir), files(links, func(i int) (string, string) {
			text := fmt.Sprintf("[service]\nexec = [%q, %q]\n", b.service, mark)
			if i > 0 {
				text += fmt.Sprintf("[dependencies]\nrequires = [\"s%05d\"]\n", i-1)
			}
			return filepath.Join(dir, fmt.Sprintf("s%05d.toml", i)), text
		})
	})
	if err != nil {
		return 0, err
	}
	defer r.close()
	up, err := r.booted(ctx, links)
	if err != nil {
		return 0, err
	}
	_, err = r.end(ctx)
	return up, err
}

// samples are durations by contender.
type samples map[string][]time.Duration

func (s samples) add(name string, d time.Duration) { s[name] = append(s[name], d) }

func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

// quantile gives the q-th part of all in order, q from 0 to 1.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[min(len(all)-1, int(q*float64(len(all))))]
}
