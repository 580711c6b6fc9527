package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zinit/applets/cause"
	"zinit/configs"
	"zinit/rpc"
	"zinit/supervisor"
)

func (b *backend) Reload(ctx context.Context, by rpc.Peer, p rpc.DryRun) (rpc.Reload, error) {
	diff, err := b.reload(ctx, fmt.Sprintf("reload by uid %d", by.UID), p.DryRun)
	return reloaded(diff), err
}

// reload reads the directories anew and puts them in force. Where one of them can't
// be read nothing changes: an unmounted disk must not stop all services.
func (b *backend) reload(ctx context.Context, by string, dry bool) (supervisor.Diff, error) {
	release, err := b.lockFiles(ctx)
	if err != nil {
		return supervisor.Diff{}, err
	}
	defer release()
	set := b.load()
	if missing := slices.DeleteFunc(set.Unread, b.mayMiss); len(missing) > 0 {
		return supervisor.Diff{}, unread(missing)
	}
	result, err := b.wish(ctx, by, true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Reload{Wish: w, Set: set, DryRun: dry}
	})
	diff, _ := result.(supervisor.Diff)
	return diff, err
}

// mayMiss says that a directory need not be there: a machine that has no services
// of its own has none for them either. One that was there at the start must stay.
func (o options) mayMiss(p configs.Problem) bool { return o.bare && p.File == o.system }

func unread(dirs []configs.Problem) error {
	var all []string
	for _, p := range dirs {
		all = append(all, p.String())
	}
	e := rpc.Errorf(rpc.Failed, "", "nothing was reloaded: %s", strings.Join(all, "; "))
	e.Data.Hint = "all services keep their definitions"
	return e
}

func (b *backend) Add(ctx context.Context, by rpc.Peer, p rpc.Add) (rpc.Service, error) {
	service, err := parseText(configs.Runtime, p)
	if err != nil {
		return rpc.Service{}, err
	}
	if p.Persist {
		err = b.persist(ctx, by, p, service.Name)
	} else {
		err = b.add(ctx, by, service, p.Start)
	}
	if err != nil {
		return rpc.Service{}, err
	}
	return b.Status(ctx, rpc.Name{Name: service.Name})
}

// parseText makes a definition of a text that is to have the given origin.
func parseText(origin string, p rpc.Add) (*configs.Service, error) {
	service, problems := configs.ParseNamed(origin, p.Name, []byte(p.TOML))
	if len(problems) == 0 {
		return service, nil
	}
	var all []string
	for _, p := range problems {
		place := ""
		if p.Line > 0 {
			place = fmt.Sprintf("%d:%d: ", p.Line, p.Column)
		}
		all = append(all, place+p.Message)
	}
	return nil, rpc.Errorf(rpc.InvalidConfig, problems[0].Service, "%s", strings.Join(all, "; "))
}

func (b *backend) add(ctx context.Context, by rpc.Peer, service *configs.Service, start bool) error {
	_, err := b.ask(ctx, by, "add-service", true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Add{Wish: w, Service: service, Start: start}
	})
	return err
}

// persist adds a service that is a file from now on. The file comes first, as what
// is in no file does not outlive the server, and goes again if the core refuses.
func (b *backend) persist(ctx context.Context, by rpc.Peer, p rpc.Add, name string) error {
	release, err := b.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer release()
	file := filepath.Join(b.servicesDir(), name+".toml")
	service, err := parseText(file, p)
	if err != nil {
		return err
	}
	if err := writeNew(file, p.TOML); err != nil {
		kind := rpc.Failed
		if errors.Is(err, fs.ErrExist) {
			kind = rpc.Exists
		}
		return rpc.Errorf(kind, name, "cannot write %s: %v", file, cause.Of(err))
	}
	if err := b.add(context.WithoutCancel(ctx), by, service, p.Start); err != nil {
		if gone := os.Remove(file); gone != nil {
			b.log.Error("a refused definition is left behind", "err", gone)
		}
		return err
	}
	return nil
}

// servicesDir is where definitions are written: the last directory, the operator's.
func (b *backend) servicesDir() string { return b.dirs[len(b.dirs)-1] }

// writeNew makes a file that was not there before, whole or not at all. The name
// under which it grows is hidden, so that no reload reads half of it.
func writeNew(file, text string) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".*.new")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Link(f.Name(), file) // unlike a rename it never replaces anything
}

func (b *backend) Remove(ctx context.Context, by rpc.Peer, p rpc.Remove) error {
	if !p.Purge {
		return b.remove(ctx, by, p)
	}
	release, err := b.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer release()
	// Once it is accepted the file goes too, whether or not somebody still waits.
	ctx = context.WithoutCancel(ctx)
	files, err := b.origins(ctx, p)
	if err != nil {
		return err
	}
	if err := b.remove(ctx, by, p); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return rpc.Errorf(rpc.Failed, p.Name, "%s was removed, but its file was not: %v", p.Name, err)
		}
	}
	return nil
}

// origins are the files of what a removal removes.
func (b *backend) origins(ctx context.Context, p rpc.Remove) ([]string, error) {
	var views []supervisor.View
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) { views = c.Views(now) })
	gone := map[string]bool{p.Name: true}
	for grown := p.Cascade; grown; {
		grown = false
		for _, v := range views {
			if !gone[v.Name] && slices.ContainsFunc(v.Spec.Requires, func(name string) bool { return gone[name] }) {
				gone[v.Name], grown = true, true
			}
		}
	}
	var files []string
	for _, v := range views {
		if gone[v.Name] && v.Spec.Origin != configs.Runtime {
			files = append(files, v.Spec.Origin)
		}
	}
	return files, err
}

func (b *backend) remove(ctx context.Context, by rpc.Peer, p rpc.Remove) error {
	_, err := b.ask(ctx, by, "remove-service", true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Remove{Wish: w, Name: p.Name, Cascade: p.Cascade}
	})
	return err
}
