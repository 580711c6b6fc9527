package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"zinit/configs"
)

// names are the names that services of a random set have; what they require is
// drawn in another order than that of the alphabet.
var names = [...]string{"ant", "bee", "cat", "dog", "elk", "fox"}

// randomSet draws a set of services without cycles.
func randomSet(r *rand.Rand) configs.Set {
	order := r.Perm(len(names))[:2+r.IntN(len(names)-1)]
	var set configs.Set
	var earlier []string
	for _, i := range order {
		s := randomService(r, names[i])
		link(r, s, earlier)
		earlier = append(earlier, s.Name)
		set.Services = append(set.Services, s)
	}
	for _, s := range set.Services {
		if other := one(r, earlier...); chance(r, 10) && other != s.Name {
			s.Conflicts = []string{other}
		}
		if other := one(r, earlier...); chance(r, 10) && other != s.Name {
			s.Wants = []string{other}
		}
	}
	arrange(&set)
	return set
}

// arrange sorts a set as configs.Load does.
func arrange(set *configs.Set) {
	slices.SortFunc(set.Services, func(a, b *configs.Service) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// link gives a service dependencies on some of those before it.
func link(r *rand.Rand, s *configs.Service, earlier []string) {
	for _, name := range earlier {
		if chance(r, 35) {
			s.Requires = append(s.Requires, name)
		} else if chance(r, 15) {
			s.After = append(s.After, name)
		}
	}
	if chance(r, 3) {
		s.Requires = append(s.Requires, "ghost")
	}
	if chance(r, 5) {
		s.After = append(s.After, "ghost")
	}
	slices.Sort(s.Requires)
	slices.Sort(s.After)
}

// randomService draws a definition without dependencies.
func randomService(r *rand.Rand, name string) *configs.Service {
	s := Define(name)
	s.Status = one(r, configs.StatusStart, configs.StatusStart, configs.StatusStart,
		configs.StatusStart, configs.StatusStop, configs.StatusIgnore)
	if chance(r, 25) {
		s.Class = configs.ClassSystem
	}
	if chance(r, 12) {
		s.Target, s.Command = true, configs.Command{}
		return s
	}
	s.Critical = chance(r, 4)
	if name < "cat" { // the first two have one terminal
		s.TTY = "/dev/tty1"
	}
	policy(r, s)
	if chance(r, 25) && !s.Oneshot {
		s.Health = &configs.Health{
			Type:     one(r, configs.HealthTCP, configs.HealthNotify),
			Interval: seconds(1 + r.IntN(9)),
			Timeout:  time.Second,
			Retries:  1 + r.IntN(3),
		}
	}
	return s
}

// policy draws restart policy and time limits.
func policy(r *rand.Rand, s *configs.Service) {
	s.Restart = one(r, configs.RestartAlways, configs.RestartOnFailure, configs.RestartNever)
	s.StartTimeout = one(r, 0, seconds(30), seconds(5))
	if chance(r, 20) {
		s.Oneshot = true
		s.StartTimeout = one(r, 0, 0, seconds(5))
		if s.Restart == configs.RestartAlways {
			s.Restart = configs.RestartOnFailure
		}
	}
	s.StopTimeout = one(r, 0, seconds(1), seconds(10))
	s.RestartDelay = one(r, 0, seconds(1), seconds(5))
	s.RestartDelayMax = s.RestartDelay + one(r, 0, seconds(7), seconds(60))
	s.MaxRestarts = r.IntN(4)
	s.StabilityPeriod = one(r, seconds(10), seconds(1))
	s.StopSignal = one(r, configs.Signal(sigTerm), configs.Signal(sigTerm), configs.Signal(2))
}

// Define makes a definition with the defaults that package configs has.
func Define(name string) *configs.Service {
	return &configs.Service{
		Name:            name,
		Origin:          "/etc/zinit/services/" + name + ".toml",
		Command:         configs.Command{Argv: []string{"/bin/" + name}},
		Dir:             "/",
		Status:          configs.StatusStart,
		Class:           configs.ClassUser,
		Umask:           0o022,
		Restart:         configs.RestartOnFailure,
		StopSignal:      configs.Signal(sigTerm),
		StartTimeout:    seconds(30),
		StopTimeout:     seconds(10),
		RestartDelay:    time.Second,
		RestartDelayMax: seconds(60),
		StabilityPeriod: seconds(10),
		BufferLines:     1000,
	}
}
