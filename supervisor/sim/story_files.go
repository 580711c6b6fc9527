package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// define reads a definition: a name and KEY=VALUE words.
func define(words []string) (*configs.Service, error) {
	spec := Define(words[0])
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if err := set(spec, key, value); err != nil {
			return nil, err
		}
	}
	if spec.Oneshot {
		spec.StartTimeout = 0
	}
	spec.RestartDelayMax = max(spec.RestartDelayMax, spec.RestartDelay)
	return spec, nil
}

// set gives one key its value.
func set(spec *configs.Service, key, value string) (err error) {
	list := strings.Split(value, ",")
	slices.Sort(list)
	switch key {
	case "requires":
		spec.Requires = list
	case "after":
		spec.After = list
	case "wants":
		spec.Wants = list
	case "conflicts":
		spec.Conflicts = list
	case "oneshot":
		spec.Oneshot = true
	case "system":
		spec.Class = configs.ClassSystem
	case "critical":
		spec.Critical = true
	case "status":
		spec.Status = configs.Status(value)
	case "restart":
		spec.Restart = configs.Restart(value)
	case "stop-signal":
		spec.StopSignal, err = configs.ParseSignal(value)
	case "max":
		_, err = fmt.Sscan(value, &spec.MaxRestarts)
	case "env":
		spec.Env = map[string]string{"VALUE": value}
	case "health":
		spec.Health = &configs.Health{Type: configs.HealthTCP, Interval: seconds(1), Timeout: seconds(1)}
		_, err = fmt.Sscan(value, &spec.Health.Retries)
	case "notify":
		spec.Health = &configs.Health{Type: configs.HealthNotify, Interval: seconds(1), Timeout: seconds(1)}
		_, err = fmt.Sscan(value, &spec.Health.Retries)
	case "log":
		spec.Log.File = value
	default:
		return limit(spec, key, value)
	}
	return err
}

// limit gives one duration its value.
func limit(spec *configs.Service, key, value string) error {
	fields := map[string]*time.Duration{
		"delay":         &spec.RestartDelay,
		"delay-max":     &spec.RestartDelayMax,
		"stable":        &spec.StabilityPeriod,
		"start-timeout": &spec.StartTimeout,
		"stop-timeout":  &spec.StopTimeout,
	}
	field := fields[key]
	if field == nil {
		return fmt.Errorf("no such key: %s", key)
	}
	d, err := time.ParseDuration(value)
	*field = d
	return err
}

func (s *story) service(words []string) error {
	spec, err := define(words)
	if err != nil {
		return err
	}
	return s.write(spec)
}

func (s *story) target(words []string) error {
	spec, err := define(words)
	if err != nil {
		return err
	}
	spec.Target, spec.Command, spec.Restart = true, configs.Command{}, configs.RestartOnFailure
	return s.write(spec)
}

// write puts a file in the place of the one that had its name.
func (s *story) write(spec *configs.Service) error {
	s.erase(spec.Name)
	s.w.set.Services = append(s.w.set.Services, spec)
	arrange(&s.w.set)
	return nil
}

// erase takes a file away. The set that the server has read stays as it is.
func (s *story) erase(name string) {
	s.w.set.Services = slices.DeleteFunc(slices.Clone(s.w.set.Services), func(o *configs.Service) bool { return o.Name == name })
	s.w.set.Problems = slices.DeleteFunc(slices.Clone(s.w.set.Problems), func(p configs.Problem) bool { return p.Service == name })
}

func (s *story) remove(words []string) error {
	s.erase(words[0])
	return nil
}

func (s *story) bad(words []string) error {
	s.erase(words[0])
	s.w.set.Problems = append(s.w.set.Problems, configs.Problem{
		Service: words[0], File: Define(words[0]).Origin, Line: 2, Column: 1, Message: strings.Join(words[1:], " "),
	})
	return nil
}

// process says how the next processes of a service are.
func (s *story) process(words []string) error {
	m := Docile(false)
	for i, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "well":
		case "ignores":
			m.Obeys = -1
		case "obeys":
			m.Obeys, err = time.ParseDuration(value)
		case "catches":
			m.Catches = true
		case "child":
			m.Kids = true
		case "child-ignores":
			m.Kids, m.KidObey = true, -1
		case "escapes":
			m.Wild = true
		case "unborn":
			m.Unborn = strings.Join(append([]string{value}, words[i+2:]...), " ")
			s.manners[words[0]] = m
			return nil
		case "sick":
			m.Sick = -1
			if value != "" {
				_, err = fmt.Sscan(value, &m.Sick)
			}
		case "orders":
			m.Orders, m.Takes = true, -1
		case "lingers":
			m.Lingers = true
		case "falls":
			_, err = fmt.Sscan(value, &m.Falls)
		default:
			err = fmt.Errorf("no such manner: %s", key)
		}
		if err != nil {
			return err
		}
	}
	s.manners[words[0]] = m
	return nil
}

// leader is a service's living process.
func (s *story) leader(name string) (*process, error) {
	for _, p := range s.w.kernel.procs {
		if p.name == name && p.group() {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s has no process", name)
}

func (s *story) exit(words []string) error {
	var code int
	if _, err := fmt.Sscan(words[1], &code); err != nil {
		return err
	}
	return s.end(words[0], supervisor.Status{Code: code})
}

func (s *story) die(words []string) error {
	sig, err := configs.ParseSignal(words[1])
	if err != nil {
		return err
	}
	return s.end(words[0], supervisor.Status{Signal: int(sig), OOM: len(words) > 2})
}

func (s *story) end(name string, status supervisor.Status) error {
	p, err := s.leader(name)
	if err != nil {
		return err
	}
	s.armed()
	s.w.kernel.leaderEnds(p, status, s.w.now)
	s.w.awaited()
	s.run()
	return nil
}

// launched has a process carry out its orders, or fail to.
func (s *story) launched(words []string) error {
	p, err := s.leader(words[0])
	if err != nil {
		return err
	}
	s.armed()
	p.manner.Refused = strings.Join(words[1:], " ")
	s.w.launch(p)
	s.run()
	return nil
}

// say has a service say something of itself.
func (s *story) say(words []string) error {
	p, err := s.leader(words[0])
	if err != nil {
		return err
	}
	ev := supervisor.Notified{Name: p.name, Gen: p.gen}
	key, value, _ := strings.Cut(strings.Join(words[1:], " "), "=")
	switch key {
	case "status":
		ev.Status = &value
	case "extend":
		ev.Extend, err = time.ParseDuration(value)
	case "main":
		_, err = fmt.Sscan(value, &ev.Main)
	default:
		ev.Phase = supervisor.Phase(key)
	}
	s.armed()
	s.w.post(ev, p)
	s.run()
	return err
}

func (s *story) children(words []string) error {
	p, err := s.leader(words[0])
	if err != nil {
		return err
	}
	p.kids = false
	s.w.awaited()
	s.run()
	return nil
}

func (s *story) states([]string) error {
	for _, v := range s.w.mind.Views(s.w.now) {
		text := string(v.State)
		if v.Failure.Kind != "" {
			text += ", " + v.Failure.String()
		}
		if v.IsUp {
			text += ", up"
		}
		for i, r := range v.WaitingOn {
			text += when(i == 0, ", waits on ") + when(i > 0, ", ") + r.Service + " (" + string(r.Kind) + ")"
		}
		if v.NextStart > s.w.now {
			text += ", next start in " + v.NextStart.Sub(s.w.now).String()
		}
		s.w.note("%s: %s%s", v.Name, text, when(v.ConfigError != "", ", config error: "+v.ConfigError))
	}
	return nil
}

func (s *story) records([]string) error {
	for _, name := range sortedKeys(s.w.disk) {
		s.w.note("%s", recordText(s.w.disk[name]))
	}
	return nil
}

func (s *story) why(words []string) error {
	chain := s.w.mind.Why(words[0], s.w.now)
	for _, link := range chain {
		s.w.note("%s: %s%s", link.Service, cmp.Or(string(link.View.State), "unknown"), when(link.Reason != "", " ("+string(link.Reason)+")"))
	}
	s.w.note("%s", supervisor.Sentence(chain, s.w.now))
	return nil
}
