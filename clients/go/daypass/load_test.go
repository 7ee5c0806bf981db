package daypass

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const keyID = "AKIAQQQQQQQQQQQQQQQQ"

// loads loads a profile with these variables; files lie in a folder of their own, which
// stands for the home too.
func loads(t *testing.T, name string, files map[string]string, variables ...string) (Profile, error) {
	t.Helper()
	folder := t.TempDir()
	for path, text := range files {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := map[string]string{}
	for place := 0; place < len(variables); place += 2 {
		environ[variables[place]] = variables[place+1]
	}
	around := surroundings{func(name string) string { return environ[name] }, folder, folder}
	return loading{around: &around}.load(name)
}

const keysOfA = "[a]\naws_access_key_id = " + keyID + "\naws_secret_access_key = hush\n"

// Each form of a profile leads to its beginning and its roles.
func TestFormsOfProfiles(t *testing.T) {
	for title, each := range map[string]struct {
		config    string
		variables []string
		check     func(Profile) bool
	}{
		"keys": {"", nil, func(p Profile) bool { return p.Credentials.AccessKeyID == keyID }},
		"roles": {
			"[profile b]\nrole_arn=one\nsource_profile=a\nexternal_id=x\nduration_seconds=900\n" +
				"[profile c]\nrole_arn=two\nsource_profile=b\nregion=eu-central-1\n",
			[]string{"AWS_PROFILE", "c"},
			func(p Profile) bool {
				return p.Region == "eu-central-1" && len(p.Roles) == 2 && p.Roles[0].RoleARN == "one" &&
					p.Roles[0].ExternalID == "x" && p.Roles[0].Duration == 15*time.Minute
			},
		},
		"token": {
			"[profile b]\nrole_arn=one\nweb_identity_token_file=~/t\n", []string{"AWS_PROFILE", "b"},
			func(p Profile) bool { return strings.HasSuffix(p.WebIdentity.TokenFile, "/t") && p.Credentials == nil },
		},
		"process": {
			"[profile b]\ncredential_process=get 'a b' \"c\"\n", []string{"AWS_PROFILE", "b"},
			func(p Profile) bool {
				return reflect.DeepEqual(p.Source, ProcessSource{[]string{"get", "a b", "c"}})
			},
		},
		"container": {
			"[profile b]\nrole_arn=one\ncredential_source=EcsContainer\n",
			[]string{"AWS_PROFILE", "b", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
			func(p Profile) bool { return p.Source.(ContainerSource).URL == "http://169.254.170.2/x" },
		},
		"environment": {
			"", []string{"AWS_ACCESS_KEY_ID", keyID, "AWS_SECRET_ACCESS_KEY", "hush", "AWS_SESSION_TOKEN", "t"},
			func(p Profile) bool { return p.Credentials.SessionToken.Reveal() == "t" },
		},
		"environment token": {
			"", []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "t", "AWS_ROLE_ARN", "r", "AWS_CA_BUNDLE", "~/ca"},
			func(p Profile) bool { return p.WebIdentity.RoleARN == "r" && strings.HasSuffix(p.CABundle, "/ca") },
		},
	} {
		name := ""
		if title == "keys" {
			name = "a"
		}
		found, err := loads(t, name,
			map[string]string{".aws/credentials": keysOfA, ".aws/config": each.config}, each.variables...)
		if err != nil || !each.check(found) {
			t.Errorf("%s: %+v, %v", title, found, err)
		}
	}
}

// A fault names file and line, and shows nothing of a value.
func TestFaultsOfProfiles(t *testing.T) {
	for title, each := range map[string]struct {
		config string
		line   int
	}{
		"no pair":        {"[profile a]\naws_secret_access_key hush\n", 2},
		"repeated":       {"[profile a]\nregion=a\nregion=hush\n", 3},
		"before":         {"hush=1\n", 1},
		"indented":       {"[profile a]\nregion=a\n  hush\n", 3},
		"one key":        {"[profile a]\naws_secret_access_key=hush\n", 2},
		"no source":      {"[profile a]\nrole_arn=r\nsource_profile=z\n", 3},
		"itself":         {"[profile a]\nrole_arn=r\nsource_profile=a\n", 2},
		"duration":       {"[profile a]\nrole_arn=r\nsource_profile=a\nduration_seconds=1h\n", 4},
		"sso":            {"[profile a]\nsso_session=hush\n", 2},
		"quotation":      {"[profile a]\ncredential_process='hush\n", 2},
		"token and role": {"[profile a]\nweb_identity_token_file=hush\n", 2},
	} {
		_, err := loads(t, "a", map[string]string{".aws/config": each.config})
		var wrong *ConfigurationError
		if !errors.As(err, &wrong) || wrong.Line != each.line || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", title, err)
		}
	}
	if _, err := loads(t, "z", map[string]string{".aws/config": "[profile a]\n"}); err == nil ||
		!strings.Contains(err.Error(), "There are: a.") {
		t.Errorf("a missing profile: %v", err)
	}
	for _, variable := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		if _, err := loads(t, "", nil, variable, keyID); err == nil {
			t.Errorf("%s alone is taken", variable)
		}
	}
}

// The folder of a development server counts as a whole, and not where others may write.
func TestFolderOfAServer(t *testing.T) {
	files := map[string]string{
		".daypass/credentials": keysOfA, ".daypass/config": "[profile a]\ndaypass_endpoint=127.0.0.1:7\n",
	}
	found, err := loads(t, "a", files)
	if err != nil || found.Endpoint.Target != "127.0.0.1:7" {
		t.Fatalf("%+v, %v", found, err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, ".daypass"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, ".daypass", "credentials"), []byte(keysOfA), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(folder, ".daypass"), 0o777); err != nil {
		t.Fatal(err)
	}
	around := surroundings{func(string) string { return "" }, folder, folder}
	if _, err := (loading{around: &around}).load("a"); err == nil {
		t.Error("a folder that others can write is taken")
	}
}
