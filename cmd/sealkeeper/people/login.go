package people

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Login has somebody at a browser let this terminal act in their name.
type Login struct {
	Server    string        `env:"SK_SERVER" default:"http://127.0.0.1:8420" help:"Address of the service."`
	For       time.Duration `default:"12h" help:"How long the terminal may act in your name."`
	Name      string        `help:"What your page calls this terminal; your user and the machine, if it is left out."`
	NoBrowser bool          `help:"Print the address, and read the code that the console shows."`
}

// Help is printed below the first line of help.
func (Login) Help() string {
	return "You confirm it in the console. The token is kept in a file that only you can read, and is used by every " +
		"command that asks this service and is given no other."
}

// loginWait is how long somebody may take at the browser.
const loginWait = 10 * time.Minute

// Run signs in.
func (l Login) Run(env *cli.Environment) error {
	ctx, cancel := context.WithTimeout(env.Context, loginWait)
	defer cancel()
	service, err := client.New(client.Config{URL: l.Server})
	if err != nil {
		return err
	}
	verifier := random()
	sum := sha256.Sum256([]byte(verifier))
	ask := loginRequest{Login: l, challenge: base64.RawURLEncoding.EncodeToString(sum[:]), state: random()}
	code, err := ask.code(ctx, env)
	if err != nil {
		return err
	}
	fetched, err := service.FetchToken(ctx, code, secret.NewTextString(verifier))
	if err != nil {
		return err
	}
	kept := cli.Kept{Token: fetched.AccessToken, ID: fetched.Token.ID}
	if fetched.Token.ExpiresAt != nil {
		kept.ExpiresAt = *fetched.Token.ExpiresAt
	}
	before, replaced, err := env.KeepLogin(l.Server, kept)
	if err != nil {
		return err
	}
	env.Printf("Signed in as %s, in whose name this terminal may act until %s.\n", fetched.Person,
		kept.ExpiresAt.Local().Format(time.RFC1123))
	if replaced {
		return l.end(env, before)
	}
	return nil
}

// end ends the token that this terminal had of the service before.
func (l Login) end(env *cli.Environment, before cli.Kept) error {
	service, err := client.New(client.Config{URL: l.Server, Token: before.Token})
	if err != nil {
		return err
	}
	_, err = service.RevokeOwnToken(env.Context, before.ID)
	if err != nil && fault.Code(err) != "token_invalid" {
		env.Printf("The token that this terminal had before could not be ended: it is %s on your page in the "+
			"console.\n", before.ID)
	}
	return nil
}

// loginRequest is a login on its way.
type loginRequest struct {
	Login
	challenge, state string
}

// code is what the console gives: by way of the browser on this machine, or of the person who copies it.
func (a loginRequest) code(ctx context.Context, env *cli.Environment) (secret.Text, error) {
	if opener := browser(env); opener != "" && !a.NoBrowser {
		return a.fromBrowser(ctx, env, opener)
	}
	env.Printf("Open this address in a browser, on any machine where you are signed in:\n\n%s\n\n", a.address(""))
	env.Printf("The page shows %s. Paste the code that it gives you, and press Enter: ",
		identity.TerminalWord(a.challenge))
	lines := bufio.NewReader(io.LimitReader(env.In, 1<<10))
	line, err := lines.ReadString('\n')
	if code := strings.TrimSpace(line); code != "" {
		return secret.NewTextString(code), nil
	}
	return secret.Text{}, fault.Wrap(err, fault.Invalid, "login_code_missing", "No code was given; begin again.")
}

// address is the page at which a person is asked. Where redirect is empty, they copy a code.
func (a loginRequest) address(redirect string) string {
	values := url.Values{
		"machine":   {a.name()},
		"challenge": {a.challenge},
		"seconds":   {fmt.Sprint(int64(a.For / time.Second))},
	}
	if redirect != "" {
		values.Set("redirect_uri", redirect)
		values.Set("state", a.state)
	}
	return strings.TrimSuffix(a.Server, "/") + "/account/terminal?" + values.Encode()
}

func (l Login) name() string {
	if l.Name != "" {
		return l.Name
	}
	name := "terminal"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ := os.Hostname() // without one, the user has to do
	return name + "@" + host
}

// fromBrowser waits for the browser to come back with a code, at an address of this machine (RFC 8252, section 7.3).
func (a loginRequest) fromBrowser(ctx context.Context, env *cli.Environment, opener string) (secret.Text, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "login_listen",
			"This machine lets nobody listen at 127.0.0.1; use --no-browser.")
	}
	codes := make(chan string, 1)
	server := &http.Server{Handler: a.answer(codes), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	address := a.address("http://" + listener.Addr().String() + "/")
	env.Printf("Confirm it in the browser. If none opens, open this address on this machine:\n\n%s\n\n", address)
	env.Printf("The page shows %s.\n", identity.TerminalWord(a.challenge))
	if err := exec.CommandContext(ctx, opener, address).Start(); err != nil { //nolint:gosec // the person's own browser
		env.Printf("The browser could not be started: %v\n", err)
	}
	select {
	case code := <-codes:
		return secret.NewTextString(code), nil
	case <-ctx.Done():
		return secret.Text{}, fault.Wrap(ctx.Err(), fault.Unavailable, "login_late",
			"Nobody confirmed it in time; begin again, or use --no-browser if the browser is on another machine.")
	}
}

// answer takes the code of whoever knows the state, once.
func (a loginRequest) answer(codes chan<- string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		same := subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("state")), []byte(a.state)) == 1
		code := r.URL.Query().Get("code")
		if r.Method != http.MethodGet || r.URL.Path != "/" || !same || code == "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "This was not asked for. / Ceci n'a pas été demandé.\n")
			return
		}
		select {
		case codes <- code:
		default: // there is one already
		}
		_, _ = io.WriteString(w, "You can close this page and go on in the terminal.\n"+
			"Vous pouvez fermer cette page et continuer dans le terminal.\n")
	})
}

// browser is the program that opens an address, "" where there is none.
func browser(env *cli.Environment) string {
	switch {
	case env.Variable("BROWSER") != "":
		return env.Variable("BROWSER")
	case runtime.GOOS == "darwin":
		return "open"
	case env.Variable("DISPLAY") == "" && env.Variable("WAYLAND_DISPLAY") == "":
		return ""
	}
	path, err := exec.LookPath("xdg-open")
	if err != nil {
		return ""
	}
	return path
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// Logout ends what Login has begun.
type Logout struct {
	Server string `env:"SK_SERVER" default:"http://127.0.0.1:8420" help:"Address of the service."`
}

// Run signs out: at the service, and then here.
func (l Logout) Run(env *cli.Environment) error {
	kept, found, err := env.Login(l.Server)
	if err != nil {
		return err
	}
	if !found {
		env.Printf("Nobody is signed in to %s in this terminal.\n", l.Server)
		return nil
	}
	service, err := client.New(client.Config{URL: l.Server, Token: kept.Token})
	if err != nil {
		return err
	}
	_, refused := service.RevokeOwnToken(env.Context, kept.ID)
	if err := env.ForgetLogin(l.Server); err != nil {
		return err
	}
	if refused != nil && fault.Code(refused) != "token_invalid" {
		return fault.Wrap(refused, fault.Unavailable, "logout_half",
			"The token is forgotten here, but the service could not be told; revoke it on your page in the console.")
	}
	env.Printf("Signed out of %s.\n", l.Server)
	return nil
}
