package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// clock is an instant as the trace shows it: the time since the first boot.
func clock(now supervisor.Instant) string {
	return fmt.Sprintf("[%v]", time.Duration(now-start))
}

// span is an instant of a record as the trace shows it.
func span(at supervisor.Instant) string { return time.Duration(at - start).String() }

// sortedRuns are a map's keys in a fixed order.
func sortedRuns[V any](m map[run]V) []run {
	return slices.SortedFunc(maps.Keys(m), func(a, b run) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.gen, b.gen))
	})
}

// clone is a record as it comes back from its file.
func clone(rec supervisor.Record) supervisor.Record {
	spec, ran := rec.Spec, rec.Ran
	rec.Spec, rec.Ran = nil, nil
	text, err := json.Marshal(rec)
	if err != nil {
		panic(err)
	}
	var back supervisor.Record
	if err := json.Unmarshal(text, &back); err != nil {
		panic(err)
	}
	back.Spec, back.Ran = spec, ran // values: nobody changes them
	return back
}

// statusText says how a process ended.
func statusText(s supervisor.Status) string {
	switch {
	case s.Unknown:
		return "unseen"
	case s.Signal != 0:
		return fmt.Sprintf("signal %d%s", s.Signal, when(s.OOM, ", out of memory"))
	default:
		return fmt.Sprintf("exit %d", s.Code)
	}
}

// eventText is an event in a line.
func eventText(ev supervisor.Event) string {
	switch ev := ev.(type) {
	case supervisor.Exited:
		text := fmt.Sprintf("exited pid %d: %s", ev.Pid, statusText(ev.Status))
		if ev.Left {
			text += ", others left"
		}
		return text
	case supervisor.Spawned:
		return fmt.Sprintf("spawned %s, generation %d, pid %d%s", ev.Name, ev.Gen, ev.Pid, when(ev.Launching, ", launching"))
	case supervisor.Launched:
		return fmt.Sprintf("launched %s, generation %d%s", ev.Name, ev.Gen, when(ev.Why != "", ", no: "+ev.Why))
	case supervisor.Notified:
		return fmt.Sprintf("notified by %s, generation %d%s", ev.Name, ev.Gen, saidText(ev))
	case supervisor.SpawnFailed:
		return fmt.Sprintf("spawn failed %s, generation %d: %s", ev.Name, ev.Gen, ev.Why)
	case supervisor.GroupGone:
		return fmt.Sprintf("group gone %s, generation %d%s", ev.Name, ev.Gen, leftText(ev.Left))
	case supervisor.Probed:
		return fmt.Sprintf("probed %s, generation %d: %s", ev.Name, ev.Gen, cmp.Or(ev.Err, "healthy"))
	case supervisor.Tick:
		return "tick"
	default:
		return wishText(ev)
	}
}

// agoText says of an end when it was, if not now.
func (w *World) agoText(ev supervisor.Event) string {
	e, ok := ev.(supervisor.Exited)
	if !ok || e.At == 0 || e.At == w.now {
		return ""
	}
	return ", at " + span(e.At)
}

// saidText is what a service says of itself.
func saidText(ev supervisor.Notified) string {
	text := ""
	if ev.Status != nil {
		text += fmt.Sprintf(", status %q", *ev.Status)
	}
	text += when(ev.Main != 0, fmt.Sprintf(", main pid %d", ev.Main))
	text += when(ev.Extend != 0, fmt.Sprintf(", extend by %v", ev.Extend))
	return text + when(ev.Phase != "", ", "+string(ev.Phase))
}

func leftText(left []int) string {
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf(", could not kill %v", left)
}

// wishText is a wish in a line.
func wishText(ev supervisor.Event) string {
	switch ev := ev.(type) {
	case supervisor.Start:
		if ev.NoDeps {
			return fmt.Sprintf("start %s, no deps%s", ev.Name, idText(ev.Wish))
		}
		return "start " + ev.Name + idText(ev.Wish)
	case supervisor.Stop:
		return "stop " + ev.Name + idText(ev.Wish)
	case supervisor.RestartService:
		return "restart " + ev.Name + idText(ev.Wish)
	case supervisor.Signal:
		return fmt.Sprintf("signal %s %d%s", ev.Name, ev.Signal, idText(ev.Wish))
	case supervisor.StartAll:
		return "start-all" + idText(ev.Wish)
	case supervisor.StopAll:
		return "stop-all" + idText(ev.Wish)
	case supervisor.DeleteAll:
		return "delete-all" + idText(ev.Wish)
	case supervisor.Reload:
		return "reload" + idText(ev.Wish)
	case supervisor.Add:
		return "add " + ev.Service.Name + idText(ev.Wish)
	case supervisor.Remove:
		return fmt.Sprintf("remove %s (cascade %t)%s", ev.Name, ev.Cascade, idText(ev.Wish))
	case supervisor.Shutdown:
		return fmt.Sprintf("shutdown %s%s", ev.Goal, idText(ev.Wish))
	case supervisor.Cancel:
		return fmt.Sprintf("cancel #%d", ev.ID)
	default:
		return fmt.Sprintf("%T", ev)
	}
}

func idText(w supervisor.Wish) string {
	switch {
	case w.ID == 0:
		return ""
	case w.Wait:
		return fmt.Sprintf(" #%d, wait", w.ID)
	default:
		return fmt.Sprintf(" #%d", w.ID)
	}
}

// actionText is an action in a line.
func actionText(a supervisor.Action) string {
	switch a := a.(type) {
	case supervisor.Spawn:
		return fmt.Sprintf("spawn %s, generation %d", a.Name, a.Gen)
	case supervisor.Kill:
		return fmt.Sprintf("kill %s, group of pid %d, signal %d%s", a.Name, a.Pid, a.Sig, when(a.Cont, ", continue"))
	case supervisor.Await:
		return fmt.Sprintf("await the end of %s, generation %d%s", a.Name, a.Gen, when(a.Escaped, ", escaped too"))
	case supervisor.Probe:
		return fmt.Sprintf("probe %s, generation %d%s", a.Name, a.Gen, when(a.Ready, ", was ready"))
	case supervisor.Unprobe:
		return fmt.Sprintf("unprobe %s, generation %d", a.Name, a.Gen)
	case supervisor.Relog:
		return "relog " + a.Name
	case supervisor.Answer:
		return answerText(a)
	case supervisor.GiveUp:
		return fmt.Sprintf("give up: %s, code %d", a.Name, a.Code)
	case supervisor.End:
		return "end: " + string(a.Goal) + when(a.Code != 0, fmt.Sprintf(", code %d", a.Code))
	default:
		return fmt.Sprintf("%T", a)
	}
}

func answerText(a supervisor.Answer) string {
	switch r := a.Result.(type) {
	case supervisor.Bulk:
		return fmt.Sprintf("answer #%d: done %v, skipped %v", a.ID, r.Done, r.Skipped)
	case supervisor.Diff:
		return fmt.Sprintf("answer #%d: added %v, removed %v, changed %v, restarted %v, unchanged %d, problems %d",
			a.ID, r.Added, r.Removed, r.Changed, r.Restarted, r.Unchanged, len(r.Problems))
	}
	if a.Refusal != nil {
		return fmt.Sprintf("answer #%d: refused: %s: %s%s", a.ID, a.Refusal.Kind, a.Refusal.Text,
			when(a.Refusal.Hint != "", " ("+a.Refusal.Hint+")"))
	}
	return fmt.Sprintf("answer #%d: done", a.ID)
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// recordText is what matters of a record.
func recordText(r supervisor.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, wanted %s", r.Name, r.State, when(r.Up, "up")+when(!r.Up, "down"))
	if r.Gen > 0 {
		fmt.Fprintf(&b, ", generation %d", r.Gen)
	}
	if r.Pid > 0 {
		fmt.Fprintf(&b, ", pid %d", r.Pid)
	}
	if r.Until > 0 {
		fmt.Fprintf(&b, ", until %s", span(r.Until))
	}
	if r.Restarts > 0 {
		fmt.Fprintf(&b, ", restarts %d", r.Restarts)
	}
	if r.Probes > 0 {
		fmt.Fprintf(&b, ", failed probes %d", r.Probes)
	}
	for _, said := range []string{r.ProbeError, r.Said.Status} {
		if said != "" {
			fmt.Fprintf(&b, ", %q", said)
		}
	}
	flags := []string{
		string(r.Said.Phase), when(r.Launching, "launching"), when(r.Dead, "dead"), when(r.Done, "done"), when(r.Recovering, "recovering"), when(r.Again, "again"),
		when(r.Removed, "removed"), when(r.Killed, "killed"), when(r.Failure.Kind != "", string(r.Failure.Kind)),
	}
	for _, f := range flags {
		if f != "" {
			b.WriteString(", " + f)
		}
	}
	return b.String()
}

// systemText is what matters of the whole.
func systemText(s supervisor.System) string {
	return "goal " + cmp.Or(string(s.Goal), "run")
}

// changeText is a transition in a line.
func changeText(c supervisor.Change) string {
	return fmt.Sprintf("%s: %s -> %s (%s)", c.Name, cmp.Or(string(c.From), "new"), cmp.Or(string(c.To), "gone"), causeText(c.Cause))
}

// causeText is why, in a few words.
func causeText(c supervisor.Cause) string {
	text := string(c.Kind)
	for _, more := range []string{c.Service, c.By, c.Text} {
		if more != "" {
			text += ": " + more
		}
	}
	return text
}

// serviceText is what matters of a definition.
func serviceText(s *configs.Service) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: status %s, restart %s", s.Name, s.Status, s.Restart)
	for _, f := range []string{
		when(s.Target, "target"), when(s.Oneshot, "oneshot"), when(s.Class == configs.ClassSystem, "system"), when(s.Critical, "critical"),
		when(len(s.Requires) > 0, fmt.Sprint("requires ", s.Requires)), when(len(s.After) > 0, fmt.Sprint("after ", s.After)),
		when(len(s.Wants) > 0, fmt.Sprint("wants ", s.Wants)), when(len(s.Conflicts) > 0, fmt.Sprint("conflicts ", s.Conflicts)),
		fmt.Sprintf("start %v, stop %v, delay %v to %v, max %d, stable %v", s.StartTimeout, s.StopTimeout, s.RestartDelay, s.RestartDelayMax, s.MaxRestarts, s.StabilityPeriod),
		when(s.Health != nil, "health"),
	} {
		if f != "" {
			b.WriteString(", " + f)
		}
	}
	return b.String()
}

// sortedKeys are a map's names in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
