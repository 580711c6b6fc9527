package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one measure, as it is printed.
type row struct {
	what, floor, zinit, ratio, target, verdict, peers string
	value                                             time.Duration // zinit's, where it is one
}

// table is what came out.
type table []row

// verdict says whether a target is reached.
func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "MISSED"
}

// ratio enters a measure whose target is a multiple of the floor; 0 is none.
func (t *table) ratio(what string, all samples, most float64) {
	floor, zinit := median(all["floor"]), median(all["zinit"])
	r := row{what: what, floor: short(floor), zinit: short(zinit), value: zinit, peers: others(all, floor, median)}
	x := float64(zinit) / float64(floor)
	r.ratio = fmt.Sprintf("%.2f", x)
	if most > 0 {
		r.target, r.verdict = fmt.Sprintf("<= %.2f x floor", most), verdict(x <= most)
	}
	*t = append(*t, r)
}

// quantiles enters the median and the 99th percentile of a measure.
func (t *table) quantiles(what string, all samples, p50, p99 float64) {
	floor := median(all["floor"])
	for _, q := range []struct {
		name string
		at   float64
		most float64
	}{{"p50", 0.5, p50}, {"p99", 0.99, p99}} {
		at := func(d []time.Duration) time.Duration { return quantile(d, q.at) }
		x := float64(at(all["zinit"])) / float64(floor)
		*t = append(*t, row{
			what: what + ", " + q.name, floor: short(at(all["floor"])), zinit: short(at(all["zinit"])),
			ratio: fmt.Sprintf("%.2f", x), target: fmt.Sprintf("<= %.1f x floor's p50", q.most),
			verdict: verdict(x <= q.most), peers: others(all, floor, at),
		})
	}
}

// time enters a measure whose target is a time.
func (t *table) time(what string, floor, zinit []time.Duration, most time.Duration) {
	f, z := median(floor), median(zinit)
	*t = append(*t, row{
		what: what, floor: short(f), zinit: short(z), ratio: fmt.Sprintf("%.2f", float64(z)/float64(f)),
		target: "<= " + short(most), verdict: verdict(z <= most),
	})
}

// number enters a measure that has no floor and is better when it is small.
func (t *table) number(what string, x float64, unit string, most float64) {
	*t = append(*t, row{
		what: what, zinit: strings.TrimSpace(fmt.Sprintf("%.4g %s", x, unit)),
		target: strings.TrimSpace(fmt.Sprintf("<= %.4g %s", most, unit)), verdict: verdict(x <= most),
	})
}

// least enters a measure that has no floor and is better when it is great.
func (t *table) least(what string, x float64, unit string, least float64) {
	*t = append(*t, row{
		what: what, zinit: fmt.Sprintf("%.0f %s", x, unit),
		target: fmt.Sprintf(">= %.0f %s", least, unit), verdict: verdict(x >= least),
	})
}

// rate enters speeds in MB a second.
func (t *table) rate(what string, floor, zinit []float64, least float64) {
	middle := func(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }
	f, z := middle(floor), middle(zinit)
	*t = append(*t, row{
		what: what, floor: fmt.Sprintf("%.0f MB/s", f), zinit: fmt.Sprintf("%.0f MB/s", z),
		ratio: fmt.Sprintf("%.2f", z/f), target: fmt.Sprintf(">= %.2f x floor", least), verdict: verdict(z/f >= least),
	})
}

// peer adds what the peers had to the last measure.
func (t *table) peer(text string) { (*t)[len(*t)-1].peers = text }

// median gives zinit's figure of an earlier row.
func (t *table) median(what string) time.Duration {
	for _, r := range *t {
		if r.what == what {
			return r.value
		}
	}
	return 0
}

// others prints what the peers took, in multiples of the floor.
func others(all samples, floor time.Duration, of func([]time.Duration) time.Duration) string {
	var words []string
	for name, d := range all {
		if name != "floor" && name != "zinit" {
			words = append(words, fmt.Sprintf("%s %.1f", name, float64(of(d))/float64(floor)))
		}
	}
	slices.Sort(words)
	return strings.Join(words, "  ")
}

// short prints a duration in three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// print writes the table for people. The peers' figures are multiples of the
// floor, but for memory.
func (t table) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "measure\tfloor\tzinit\tratio\ttarget\tverdict\tpeers")
	for _, r := range t {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.floor, r.zinit, r.ratio, r.target, r.verdict, r.peers)
	}
	_ = tw.Flush()
	fmt.Fprintln(w, "\npeers: multiples of the floor, memory in kB; without log capture but for supervisord. dinit is not in Debian 12.")
}
