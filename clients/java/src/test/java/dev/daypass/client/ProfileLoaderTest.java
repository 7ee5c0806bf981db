package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileLoaderTest {
  private static final String NAME = "A".repeat(16);
  private static final String KEYS = "aws_access_key_id=" + NAME + "\naws_secret_access_key=s3\n";

  @TempDir private Path folder;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void beginWithFiles() throws IOException {
    write("credentials", "[base]\n" + KEYS);
    environment.put("AWS_SHARED_CREDENTIALS_FILE", folder.resolve("credentials").toString());
    environment.put("AWS_CONFIG_FILE", folder.resolve("config").toString());
  }

  private void write(String file, String text) throws IOException {
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), text);
  }

  private Profile load(String name) {
    Surroundings around = new Surroundings(environment, folder, folder);
    return new ProfileLoader(around).read(Optional.ofNullable(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "role_arn=r",
        "role_arn=r\nsource_profile=nobody",
        "role_arn=r\nsource_profile=p",
        "role_arn=r\nsource_profile=base\ncredential_source=Environment",
        "role_arn=r\ncredential_source=Environment",
        "role_arn=r\ncredential_source=Ec2InstanceMetadata",
        "role_arn=r\nsource_profile=base\nduration_seconds=1h",
        "role_arn=r\nweb_identity_token_file=t\nmfa_serial=s",
        "web_identity_token_file=t",
        "sso_session=s",
        "aws_access_key_id=AAAAAAAAAAAAAAAA",
        "credential_process='",
        "daypass_endpoint=http://elsewhere:1",
        "key",
        "a=1\na=2",
        "a=1\n  b=2"
      })
  void refusesProfilesThatMakeNoSense(String entries) throws IOException {
    write("config", "[profile p]\n" + entries + "\n");

    assertThrows(ConfigurationException.class, () -> load("p"));
  }

  @Test
  void refusesAProfileThatIsNotThere() {
    assertThrows(ConfigurationException.class, () -> load("nobody"));
  }

  @Test
  void followsRolesToTheirKeys() throws IOException {
    write(
        "config",
        "[profile one]\nrole_arn=r1\nsource_profile=base\n[profile 'two']\nrole_arn=r2\n"
            + "source_profile=one\nexternal_id=x\nduration_seconds=900\nregion=eu-central-1\n"
            + "s3 =\n  nested = 1\n");

    Profile found = load("two");

    assertEquals(NAME, found.credentials().orElseThrow().accessKeyId());
    assertEquals("eu-central-1", found.region());
    assertEquals(RoleRequest.of("r1"), found.steps().get(0));
    assertEquals(Optional.of("x"), ((RoleRequest) found.steps().get(1)).externalId());
  }

  @Test
  void beginsWithAProgramOrAToken() throws IOException {
    write(
        "config",
        "[profile p]\ncredential_process = \"a b\" 'c' d\\ e\n"
            + "[profile w]\nrole_arn=r\nweb_identity_token_file=t\n");

    assertEquals(List.of(new ProcessSource(List.of("a b", "c", "d e"))), load("p").steps());
    assertEquals(folder.resolve("t"), ((WebIdentitySource) load("w").steps().get(0)).tokenFile());
  }

  @Test
  void environmentCountsBeforeFilesAndItsEndpointLast() {
    environment.put("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/x");
    assertEquals(1, load(null).steps().size());
    environment.put("AWS_PROFILE", "base");
    environment.put("AWS_ACCESS_KEY_ID", "B".repeat(16));
    assertThrows(ConfigurationException.class, () -> load(null));
    environment.put("AWS_SECRET_ACCESS_KEY", "s3");

    assertEquals("B".repeat(16), load(null).credentials().orElseThrow().accessKeyId());
    assertEquals(NAME, load("base").credentials().orElseThrow().accessKeyId());
  }

  @Test
  void takesTheLocalFolderWholeAndOnlyIfItIsOurs() throws IOException {
    environment.clear();
    write(".daypass/credentials", "[dev]\n" + KEYS);
    write(".daypass/config", "[profile dev]\ndaypass_endpoint=127.0.0.1:7\n");
    Path local = folder.resolve(".daypass");
    Files.setPosixFilePermissions(local, PosixFilePermissions.fromString("rwx------"));
    assertEquals("127.0.0.1:7", load("dev").endpoint().target());

    Files.setPosixFilePermissions(local, PosixFilePermissions.fromString("rwx-w----"));
    assertThrows(ConfigurationException.class, () -> load("dev"));
    assertFalse(
        new Surroundings(Map.of("a", "hidden"), folder, folder).toString().contains("hidden"));
  }
}
