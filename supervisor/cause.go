package supervisor

import "cmp"

// String is the cause for people: "stop by uid 0", "exit code 3", "db changed".
func (c Cause) String() string {
	switch c.Kind {
	case CauseBoot:
		return "started with zinit"
	case CauseDependency:
		return c.Service + " changed"
	case CauseSpawn:
		return cmp.Or(c.Text, "its process runs")
	default:
		return cmp.Or(c.By, c.Text, string(c.Kind))
	}
}
