package zinit

import (
	"cmp"
	"fmt"
	"sort"
	"strconv"
	"time"

	"zinit/rpc"
)

// consumer is a service and what it uses.
type consumer struct {
	rpc.Service
	percent float64 // of one processor
}

// topColumn is one column of the table of top.
type topColumn struct {
	name  string
	text  func(consumer) string
	order func(a, b consumer) int // what comes first is the most interesting
}

var topColumns = []topColumn{
	{"NAME", func(c consumer) string { return visible(c.Name) },
		func(a, b consumer) int { return cmp.Compare(a.Name, b.Name) }},
	{"CPU", func(c consumer) string { return strconv.FormatFloat(c.percent, 'f', 1, 64) + "%" },
		func(a, b consumer) int { return cmp.Compare(b.percent, a.percent) }},
	{"TIME", func(c consumer) string { return short(time.Duration(c.Stats.CPUMs) * time.Millisecond) },
		func(a, b consumer) int { return cmp.Compare(b.Stats.CPUMs, a.Stats.CPUMs) }},
	{"MEMORY", func(c consumer) string { return bytesWords(c.Stats.MemoryBytes) },
		func(a, b consumer) int { return cmp.Compare(b.Stats.MemoryBytes, a.Stats.MemoryBytes) }},
	{"PROCESSES", func(c consumer) string { return strconv.Itoa(c.Stats.Processes) },
		func(a, b consumer) int { return cmp.Compare(b.Stats.Processes, a.Stats.Processes) }},
	{"FILES", func(c consumer) string { return strconv.Itoa(c.Stats.Descriptors) },
		func(a, b consumer) int { return cmp.Compare(b.Stats.Descriptors, a.Stats.Descriptors) }},
	{"UPTIME", func(c consumer) string { return short(time.Duration(c.UptimeMs) * time.Millisecond) },
		func(a, b consumer) int { return cmp.Compare(a.UptimeMs, b.UptimeMs) }},
}

// byCPU is the column that top begins with.
const byCPU = 1

// ranking is the table of top.
type ranking struct {
	by    int // index of the column it is sorted by
	rows  []consumer
	taken time.Time
	pids  map[string]used // at the last look
}

// used is what a process had used at the last look.
type used struct {
	pid   int
	cpuMs int64
}

// take puts what was measured into the table. A service's share of a processor
// counts from the last look, or from its start where it was not there then.
func (r *ranking) take(all []rpc.Service, now time.Time) {
	before, passed := r.pids, now.Sub(r.taken).Milliseconds()
	r.taken, r.pids, r.rows = now, make(map[string]used, len(all)), r.rows[:0]
	for _, sv := range all {
		if sv.Stats == nil {
			continue
		}
		r.pids[sv.Name] = used{sv.Pid, sv.Stats.CPUMs}
		spent, in := sv.Stats.CPUMs, sv.UptimeMs
		// A child that ended unheard takes its time along.
		if was, ok := before[sv.Name]; ok && was.pid == sv.Pid && passed > 0 {
			spent, in = max(spent-was.cpuMs, 0), passed
		}
		r.rows = append(r.rows, consumer{sv, 100 * float64(spent) / float64(max(in, 1))})
	}
}

// table is the rows in their order, below their head.
func (r *ranking) table() [][]string {
	sort.SliceStable(r.rows, func(i, j int) bool {
		a, b := r.rows[i], r.rows[j]
		return cmp.Or(topColumns[r.by].order(a, b), cmp.Compare(a.Name, b.Name)) < 0
	})
	table := make([][]string, len(r.rows)+1)
	for _, column := range topColumns {
		table[0] = append(table[0], column.name)
		for i, c := range r.rows {
			table[i+1] = append(table[i+1], column.text(c))
		}
	}
	return table
}

// bytesWords is a number of bytes for people, in powers of 1024.
func bytesWords(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1000 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f%c", value, units[unit])
}
