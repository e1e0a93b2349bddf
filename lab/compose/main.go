// Command compose starts docker-compose.yml with the simulated bank beside it, and does the main job by two people
// through HTTP, up to an activation on live. It then kills each container, takes everything down and up again, and
// looks each time whether anything was lost. Its own project, volumes and passwords are gone afterwards.
//
//	make compose-test
//
// lab/compose/images makes the images that registries have, where there is none; the Dockerfile makes the product's.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/journey"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "compose:", err)
		os.Exit(1)
	}
}

// project is what Compose names containers and volumes after.
const project = "sealkeeper-walk"

// composition is the services that run from a folder of their own.
type composition struct {
	dir     string // with docker-compose.yml, deploy and bank
	url     string // of the service
	compose string // the command: podman-compose, or docker-compose
	engine  string // podman or docker
	port    string
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", project+"-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	port, err := freePort()
	if err != nil {
		return err
	}
	c := &composition{
		dir:     dir,
		url:     "http://localhost:" + port,
		port:    port,
		compose: cmp.Or(os.Getenv("COMPOSE"), "podman-compose"),
		engine:  cmp.Or(os.Getenv("PODMAN"), "podman"),
	}
	defer func() { _, _ = c.run(context.WithoutCancel(ctx), "down", "-v") }()
	w := &walk{composition: c}
	return journey.Walk(ctx, os.Stdout, w.steps())
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// run runs Compose, and returns what it prints; on failure the error has its last words.
func (c *composition) run(ctx context.Context, args ...string) (string, error) {
	all := append([]string{"-p", project, "-f", "docker-compose.yml", "-f", "bank.yaml"}, args...)
	return c.command(ctx, c.compose, all...)
}

func (c *composition) command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // G204: the commands that the developer names
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "SEALKEEPER_PORT="+c.port, "BANK="+filepath.Join(c.dir, "bank"))
	var out, told strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &told
	if err := cmd.Run(); err != nil {
		words := told.String() + out.String()
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, words[max(0, len(words)-1500):])
	}
	return out.String(), nil
}

// sealkeeper runs a command of the product inside the service's container.
func (c *composition) sealkeeper(ctx context.Context, args ...string) (string, error) {
	name, err := c.container(ctx, "sealkeeper")
	if err != nil {
		return "", err
	}
	all := append([]string{"exec", name, "/usr/bin/sealkeeper"}, args...)
	return c.command(ctx, c.engine, append(all, "--config", "/etc/sealkeeper/config.yaml")...)
}

func (c *composition) container(ctx context.Context, service string) (string, error) {
	out, err := c.command(ctx, c.engine, "ps", "-a", "--filter", "label=com.docker.compose.project="+project,
		"--filter", "label=com.docker.compose.service="+service, "--format", "{{.Names}}")
	if err != nil {
		return "", err
	}
	names := strings.Fields(out)
	if len(names) != 1 {
		return "", fmt.Errorf("no single container of %s: %q", service, out)
	}
	return names[0], nil
}

// process is the number of a service's first process, and 0 while it does not run.
func (c *composition) process(ctx context.Context, service string) (int, error) {
	name, err := c.container(ctx, service)
	if err != nil {
		return 0, err
	}
	out, err := c.command(ctx, c.engine, "inspect", "--format", "{{.State.Pid}}", name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}

// kill ends a service's first process as a crash does: after a command of the engine it would stay down.
func (c *composition) kill(ctx context.Context, service string) (killed int, err error) {
	killed, err = c.process(ctx, service)
	if err == nil && killed <= 1 {
		err = fmt.Errorf("%s does not run: process %d", service, killed)
	}
	if err != nil {
		return 0, err
	}
	process, err := os.FindProcess(killed)
	if err != nil {
		return 0, err
	}
	return killed, process.Kill()
}

// restarted waits until the engine has started a service again whose process was killed.
func (c *composition) restarted(ctx context.Context, service string, killed int) error {
	return wait(ctx, func() error {
		now, err := c.process(ctx, service)
		if err == nil && (now <= 1 || now == killed) {
			err = fmt.Errorf("%s does not come back: process %d", service, now)
		}
		return err
	})
}

// patience bounds the wait for the services; the first start makes a database and a Vault.
const patience = 5 * time.Minute

// wait asks until there is no error, for as long as patience lasts.
func wait(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ready waits until the service says that it can work.
func (c *composition) ready(ctx context.Context) (string, error) {
	start := time.Now()
	err := wait(ctx, func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", response.Status, body)
		}
		return err
	})
	return "ready after " + time.Since(start).Round(100*time.Millisecond).String(), err
}
