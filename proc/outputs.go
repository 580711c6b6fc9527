package proc

import (
	"sync"

	"zinit/proc/procfs"
)

// outputs are the files that services' output goes to, of which each has its own. Who
// has one of them for stdout or stderr has it from that service, whatever else it has
// thrown off: session, parent, environment.
type outputs struct {
	mu    sync.Mutex
	whose map[string]string // services by what procfs.Outputs shows
}

// add notes files of a service.
func (o *outputs) add(service string, files []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.whose == nil {
		o.whose = map[string]string{}
	}
	for _, file := range files {
		o.whose[file] = service
	}
}

// forget drops the files of a service.
func (o *outputs) forget(service string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for path, whose := range o.whose {
		if whose == service {
			delete(o.whose, path)
		}
	}
}

// holder is the service whose output a process writes to; "": no service's.
func (o *outputs) holder(pid int) string {
	for _, path := range procfs.Outputs(pid) {
		o.mu.Lock()
		service := o.whose[path]
		o.mu.Unlock()
		if service != "" {
			return service
		}
	}
	return ""
}
