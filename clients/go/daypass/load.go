package daypass

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

// LoadOption changes what [LoadProfile] takes.
type LoadOption func(*loading)

type loading struct {
	endpoint, region string
	around           *surroundings
}

// LoadEndpoint names the server, whatever the environment and the profile say.
func LoadEndpoint(endpoint string) LoadOption { return func(l *loading) { l.endpoint = endpoint } }

// LoadRegion names the region, whatever the environment and the profile say.
func LoadRegion(region string) LoadOption { return func(l *loading) { l.region = region } }

// LoadProfile loads a profile. The empty name takes the credentials of the environment
// (AWS_ACCESS_KEY_ID and its kin), or else the token that AWS_WEB_IDENTITY_TOKEN_FILE
// names for the role of AWS_ROLE_ARN, or else the profile that DAYPASS_PROFILE or
// AWS_PROFILE names, or else default, or else the endpoint of
// AWS_CONTAINER_CREDENTIALS_FULL_URI.
func LoadProfile(name string, opts ...LoadOption) (Profile, error) {
	chosen := loading{}
	for _, option := range opts {
		option(&chosen)
	}
	if chosen.around == nil {
		around, err := ofProcess()
		if err != nil {
			return Profile{}, err
		}
		chosen.around = &around
	}
	return chosen.load(name)
}

func ofProcess() (surroundings, error) {
	// Without a home folder there are no files in it.
	home, _ := os.UserHomeDir()
	folder, err := os.Getwd()
	if err != nil {
		return surroundings{}, &ConfigurationError{Message: "There is no current folder."}
	}
	return surroundings{os.Getenv, home, folder}, nil
}

func (l loading) load(name string) (Profile, error) {
	around := *l.around
	chosen, path := name, (*credentialPath)(nil)
	if chosen == "" {
		given, err := environmentPath(around)
		if err != nil {
			return Profile{}, err
		}
		chosen, path = around.get("DAYPASS_PROFILE", "AWS_PROFILE"), given
	}
	files, err := l.files(orDefault(chosen), path != nil)
	if err != nil {
		return Profile{}, err
	}
	entries, known := files.profiles[orDefault(chosen)]
	if path == nil {
		path = &credentialPath{}
		switch {
		case known:
			path, err = readPath(orDefault(chosen), files, around)
		case chosen == "":
			// As in the AWS tools: what runs beside the program comes last.
			path.source, err = environmentContainer(around)
		default:
			return Profile{}, noSuchProfile(chosen, files, around)
		}
		if err != nil {
			return Profile{}, err
		}
	}
	found := path.profile()
	if found.Name = chosen; chosen == "" && known {
		found.Name = defaultProfile
	}
	found.Region = firstOf(l.region, around.get("AWS_REGION", "AWS_DEFAULT_REGION"),
		text(entries, "region"), DefaultRegion)
	found.CABundle = around.resolve(firstOf(around.get("AWS_CA_BUNDLE"), text(entries, "ca_bundle")))
	found.ClientCertificate = around.resolve(
		firstOf(around.get("DAYPASS_CLIENT_CERTIFICATE"), text(entries, "daypass_client_certificate")))
	found.ClientKey = around.resolve(firstOf(around.get("DAYPASS_CLIENT_KEY"), text(entries, "daypass_client_key")))
	found.Endpoint, err = ParseEndpoint(firstOf(l.endpoint, around.get("DAYPASS_ENDPOINT"),
		text(entries, "daypass_endpoint"), text(entries, "endpoint_url"), DefaultEndpoint))
	return found, err
}

// files returns the files of AWS, or those of .daypass if only they have a profile.
func (l loading) files(name string, isGiven bool) (profileFiles, error) {
	files, err := awsFiles(*l.around)
	if err != nil || isGiven || files.profiles[name] != nil {
		return files, err
	}
	local, err := localFiles(*l.around)
	if err != nil || local.profiles[name] == nil {
		return files, err
	}
	return local, nil
}

func noSuchProfile(name string, files profileFiles, around surroundings) error {
	known, places := []string{}, files.places
	local, err := localFiles(around)
	if err != nil {
		return err
	}
	for _, each := range []profileFiles{files, local} {
		for other := range each.profiles {
			known = append(known, other)
		}
	}
	sort.Strings(known)
	hint := ""
	if len(known) > 0 {
		hint = "There are: " + strings.Join(known, ", ") + "."
	}
	return &ConfigurationError{
		Message: fmt.Sprintf("There is no profile %q in %s.", name,
			strings.Join(append(places, local.places...), ", ")),
		Hint: hint,
	}
}

func orDefault(name string) string { return firstOf(name, defaultProfile) }

func firstOf(texts ...string) string {
	for _, each := range texts {
		if each != "" {
			return each
		}
	}
	return ""
}
