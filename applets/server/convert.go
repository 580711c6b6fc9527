package server

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zinit/configs"
	"zinit/proc/logs"
	"zinit/rpc"
	"zinit/supervisor"
)

// clock turns instants into times of day: both were read at one moment.
type clock struct {
	now  supervisor.Instant
	wall time.Time
}

func clockAt(now supervisor.Instant) clock { return clock{now: now, wall: time.Now()} }

// unixMs is an instant as Unix milliseconds.
func (c clock) unixMs(at supervisor.Instant) int64 { return c.wall.Add(at.Sub(c.now)).UnixMilli() }

// service is what list and status show.
func (c clock) service(v supervisor.View) rpc.Service {
	s := rpc.Service{
		Name:          v.Name,
		Kind:          v.Kind,
		State:         string(v.State),
		Up:            v.IsUp,
		Wanted:        v.Up,
		SinceMs:       c.unixMs(v.Since),
		Restarts:      v.Restarts,
		RestartsTotal: v.Total,
		Failure:       failure(v.Failure),
		ConfigError:   v.ConfigError,
		Leftover:      v.Left,
		StatusText:    v.Said.Status,
	}
	if v.Pid != 0 && !v.Dead {
		s.Pid = v.Pid
		s.UptimeMs = c.now.Sub(max(v.Born, v.Forked)).Milliseconds()
		s.Phase = string(v.Said.Phase)
		if v.Said.Main != v.Pid {
			s.MainPid = v.Said.Main
		}
	}
	if v.NextStart != 0 {
		s.NextStartMs = c.unixMs(v.NextStart)
	}
	s.ExitCode, s.Signal = lastRun(v.Record)
	for _, r := range v.WaitingOn {
		s.WaitingOn = append(s.WaitingOn, rpc.Wait{Service: r.Service, Reason: string(r.Kind), Root: r.Root})
	}
	if v.Spec != nil {
		define(&s, v)
	}
	return s
}

// define adds what comes from the definition.
func define(s *rpc.Service, v supervisor.View) {
	s.Oneshot = v.Spec.Oneshot
	s.Class = string(v.Spec.Class)
	s.Status = string(v.Spec.Status)
	s.Description = v.Spec.Description
	s.Origin = v.Spec.Origin
	s.Health = health(v)
}

// health is what the probes of a living process have found; nil where there are
// none.
func health(v supervisor.View) *rpc.Health {
	spec := v.Spec
	if v.Ran != nil {
		spec = v.Ran
	}
	if spec.Health == nil || v.Pid == 0 || v.Dead {
		return nil
	}
	h := &rpc.Health{State: "waiting", Failures: v.Probes, Message: v.ProbeError}
	switch {
	case v.Probes > 0:
		h.State = "failing"
	case v.ReadyAt > 0:
		h.State = "healthy"
	}
	return h
}

// lastRun is how the last run ended: with a code, by a signal, or neither where
// there was none or nobody saw its end.
func lastRun(r supervisor.Record) (code *int, signal string) {
	switch {
	case !r.Ended || r.Last.Unknown:
		return nil, ""
	case r.Last.Signal != 0:
		return nil, configs.Signal(r.Last.Signal).String()
	default:
		return &r.Last.Code, ""
	}
}

// failure gives each type the keys that go with it.
func failure(f supervisor.Failure) *rpc.Failure {
	if f.Kind == "" {
		return nil
	}
	shown := &rpc.Failure{Type: string(f.Kind), Message: f.Message}
	switch f.Kind {
	case supervisor.FailExitCode:
		shown.Code = &f.Code
	case supervisor.FailSignal:
		shown.Signal, shown.Core, shown.OOM = configs.Signal(f.Signal).String(), &f.Core, &f.OOM
	case supervisor.FailHealth:
		shown.Attempts = f.Attempts
	}
	return shown
}

// event is a change for those who watch.
func (c clock) event(change supervisor.Change) rpc.Event {
	return rpc.Event{
		TimeMs:  c.unixMs(change.At),
		Service: change.Name,
		From:    string(change.From),
		To:      string(change.To),
		Cause:   change.Cause.String(),
	}
}

// line is a line of output. JSON has text only: bytes that are none go beside it.
func line(l logs.Line) rpc.Line {
	shown := rpc.Line{
		Service: l.Service,
		Stream:  l.Stream,
		TimeMs:  l.Time.UnixMilli(),
		Text:    string(l.Text),
		Partial: l.Partial,
		Lost:    l.Lost,
	}
	if !utf8.Valid(l.Text) {
		shown.Text, shown.Bytes = strings.ToValidUTF8(shown.Text, string(utf8.RuneError)), l.Text
	}
	return shown
}

func lines(all []logs.Line) []rpc.Line {
	shown := make([]rpc.Line, len(all))
	for i, l := range all {
		shown[i] = line(l)
	}
	return shown
}

func bulk(result any) rpc.Bulk {
	b, _ := result.(supervisor.Bulk)
	shown := rpc.Bulk{Done: present(b.Done), Skipped: make([]rpc.Skipped, len(b.Skipped))}
	for i, s := range b.Skipped {
		shown.Skipped[i] = rpc.Skipped(s)
	}
	return shown
}

func reloaded(d supervisor.Diff) rpc.Reload {
	shown := rpc.Reload{
		Added:     present(d.Added),
		Removed:   present(d.Removed),
		Changed:   present(d.Changed),
		Restarted: present(d.Restarted),
		Unchanged: d.Unchanged,
		Errors:    make([]rpc.ConfigError, len(d.Problems)),
	}
	for i, p := range d.Problems {
		shown.Errors[i] = rpc.ConfigError{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message}
	}
	return shown
}

// present is a list that JSON shows as [] where it is empty.
func present(names []string) []string {
	if names == nil {
		return []string{}
	}
	return slices.Clone(names)
}
