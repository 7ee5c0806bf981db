package daypass

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const document = `{"Version": 1, "AccessKeyId": "` + keyID + `", "SecretAccessKey": "hush",
"SessionToken": "t", "Token": "t", "Expiration": "2030-01-01T00:00:00Z"}`

func isGood(found Credentials, err error) bool {
	return err == nil && found.SessionToken.Reveal() == "t" &&
		found.Expiration.Equal(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
}

// A program hands out credentials, and what it does wrong is told apart.
func TestPrograms(t *testing.T) {
	run := func(script string) (Credentials, error) {
		return ProcessSource{[]string{"sh", "-c", script}}.credentials(context.Background())
	}
	if found, err := run("echo '" + document + "'"); !isGood(found, err) {
		t.Errorf("%+v, %v", found, err)
	}
	var wrong *ConfigurationError
	for _, script := range []string{
		"echo hush", "echo '" + strings.Replace(document, ": 1", ": 2", 1) + "'", "echo '{}'",
		"head -c 70000 /dev/zero; sleep 60",
	} {
		if _, err := run(script); !errors.As(err, &wrong) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", script, err)
		}
	}
	if _, err := run("exit 3"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a failure: %v", err)
	}
	missing := ProcessSource{[]string{filepath.Join(t.TempDir(), "none")}}
	if _, err := missing.credentials(context.Background()); !errors.As(err, &wrong) {
		t.Errorf("no program: %v", err)
	}
}

// An endpoint hands out credentials to who shows what it asks for, and leads nowhere else.
func TestContainerEndpoints(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		if r.Header.Get("Authorization") != "word" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(document))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "authorization")
	if err := os.WriteFile(file, []byte("word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(source ContainerSource) (Credentials, error) { return source.credentials(context.Background()) }
	good := ContainerSource{URL: server.URL, AuthorizationFile: file}
	if found, err := ask(good); !isGood(found, err) {
		t.Errorf("%+v, %v", found, err)
	}
	for _, refused := range []ContainerSource{{URL: server.URL}, {URL: server.URL + "/moved", AuthorizationFile: file}} {
		if _, err := ask(refused); !errors.Is(err, ErrRejected) {
			t.Errorf("%s: %v", refused.URL, err)
		}
	}
	status = http.StatusServiceUnavailable
	if _, err := ask(good); !errors.Is(err, ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	var wrong *ConfigurationError
	for _, url := range []string{"http://sts.example/", "ftp://127.0.0.1/", "https://a@b/", "no"} {
		if _, err := ask(ContainerSource{URL: url}); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
