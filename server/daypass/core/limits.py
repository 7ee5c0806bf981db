"""Every bound of the service, in one place, each with its reason.

Sizes are bytes unless the name says characters. Spans are seconds where a wire
format counts seconds, otherwise `timedelta`. Sources: `spec` is the operations
specification, section 0.4 unless another is named.

The bounds of what identity providers send are in `provider_limits`, those of the
work and memory that one call may take in `work_limits`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# The largest number of a 32-bit field.
INT32_MAX: Final = 2_147_483_647

# --- Operation parameters -------------------------------------------------------

# spec 0.4: the shortest and longest session of AssumeRole and its federated kin.
ROLE_SESSION_SECONDS_MIN: Final = 900
ROLE_SESSION_SECONDS_MAX: Final = 43_200
ROLE_SESSION_SECONDS_DEFAULT: Final = 3_600
# spec 1.1: what a role may declare as its MaxSessionDuration.
ROLE_MAX_SESSION_SECONDS_MIN: Final = 3_600
ROLE_MAX_SESSION_SECONDS_MAX: Final = 43_200
# spec 1.1: a chained role session lasts an hour at the most.
CHAINED_SESSION_SECONDS_MAX: Final = 3_600
# spec 1.9, 1.10: GetSessionToken and GetFederationToken.
USER_SESSION_SECONDS_MIN: Final = 900
USER_SESSION_SECONDS_MAX: Final = 129_600
USER_SESSION_SECONDS_DEFAULT: Final = 43_200
# spec 1.9, 1.10: what a root user gets of it; more is lowered, not refused.
ROOT_USER_SESSION_SECONDS_MAX: Final = 3_600
# spec 1.4: AssumeRoot; the longest is the default, and 0 a session that has ended.
ROOT_TASK_SESSION_SECONDS_MIN: Final = 0
ROOT_TASK_SESSION_SECONDS_MAX: Final = 900

# spec 0.4.
ARN_CHARACTERS_MIN: Final = 20
ARN_CHARACTERS_MAX: Final = 2_048
SESSION_NAME_CHARACTERS_MIN: Final = 2
SESSION_NAME_CHARACTERS_MAX: Final = 64
EXTERNAL_ID_CHARACTERS_MIN: Final = 2
EXTERNAL_ID_CHARACTERS_MAX: Final = 1_224
MFA_SERIAL_CHARACTERS_MIN: Final = 9
MFA_SERIAL_CHARACTERS_MAX: Final = 256
MFA_CODE_CHARACTERS: Final = 6
SOURCE_IDENTITY_CHARACTERS_MIN: Final = 2
SOURCE_IDENTITY_CHARACTERS_MAX: Final = 64
TAGS_MAX: Final = 50
TAG_KEY_CHARACTERS_MAX: Final = 128
TAG_VALUE_CHARACTERS_MAX: Final = 256
POLICY_ARNS_MAX: Final = 10
# spec 0.4: the name of a federated user, its inline policy, an account or root.
FEDERATED_NAME_CHARACTERS_MIN: Final = 2
FEDERATED_NAME_CHARACTERS_MAX: Final = 32
FEDERATION_POLICY_CHARACTERS_MAX: Final = 2_048
TARGET_PRINCIPAL_CHARACTERS_MIN: Final = 12
TARGET_PRINCIPAL_CHARACTERS_MAX: Final = 2_048
PROVIDED_CONTEXTS_MAX: Final = 5
CONTEXT_ASSERTION_CHARACTERS_MIN: Final = 4
CONTEXT_ASSERTION_CHARACTERS_MAX: Final = 2_048
ACCESS_KEY_ID_CHARACTERS_MIN: Final = 16
ACCESS_KEY_ID_CHARACTERS_MAX: Final = 128
# spec 0.6: inline session policy and managed ARNs together.
SESSION_POLICY_CHARACTERS_MAX: Final = 2_048
# Parsed inline session policies that are remembered; a few KiB each.
SESSION_POLICIES_KEPT_MAX: Final = 4_096
# policy-language 3.4: any document passed as a parameter.
POLICY_DOCUMENT_CHARACTERS_MAX: Final = 131_072

# --- Tokens ---------------------------------------------------------------------

# spec 0.5: fits the header limits of every HTTP stack with room to spare.
SESSION_TOKEN_BYTES_MAX: Final = 4_096
# The compressed policies and tags of a session. 1,536 bytes become 2,048 in
# base64 and 2,731 in the token, which leaves 1,279 for everything else. A chain of
# sixteen takes up to 1,000 of them, and less is left for policies then.
PACKED_POLICY_BYTES_MAX: Final = 1_536
# A packed part may not unfold beyond this: ten policies and fifty tags are less.
UNPACKED_POLICY_BYTES_MAX: Final = 131_072
# attacks J47: longer text is refused before anything reads it.
TOKEN_BYTES_MAX: Final = 8_192
# attacks J24: for tokens of ours; a replica's clock is at most this far off.
OWN_TOKEN_LEEWAY: Final = timedelta(seconds=5)
# Remembered signature checks; about 200 bytes each.
VERIFIED_TOKENS_MAX: Final = 65_536
# The year 9999, which is as far as a `datetime` reaches.
EPOCH_SECONDS_MAX: Final = 253_402_300_799

# --- JSON -----------------------------------------------------------------------

# Deeper than any token, policy or body of ours, and far from the stack's end.
JSON_DEPTH_MAX: Final = 32
# No number that we read needs more digits.
JSON_NUMBER_CHARACTERS_MAX: Final = 32
# The power of ten of the largest double, which is what other readers hold.
JSON_NUMBER_EXPONENT_MAX: Final = 308
# attacks L30: members of one object, so that no input builds a huge table.
JSON_MEMBERS_MAX: Final = 10_000

# --- Signed requests ------------------------------------------------------------

# spec 3.4: equality passes.
SIGNATURE_SKEW_MAX: Final = timedelta(minutes=15)
# Header names that one signature may list; an SDK lists about five.
SIGNED_HEADERS_MAX: Final = 64
# The longest Authorization value with that many names is shorter.
AUTHORIZATION_CHARACTERS_MAX: Final = 4_096
# spec 3.5: what X-Amz-Expires of a presigned request may say at the most.
PRESIGNED_LIFETIME_MAX: Final = timedelta(days=7)
# A described request: path with query, the headers, and their numbers. HTTP servers
# take less than this by default; a presigned URL with our longest token is 5 KiB.
HTTP_TARGET_CHARACTERS_MAX: Final = 16_384
HTTP_QUERY_PARAMETERS_MAX: Final = 256
HTTP_HEADERS_MAX: Final = 256
HTTP_HEADER_CHARACTERS_MAX: Final = 65_536
# The name of a service or region in a scope, and how many regions may be expected.
SIGNED_SCOPE_WORD_CHARACTERS_MAX: Final = 64
SIGNED_REGIONS_MAX: Final = 64
# Remembered signing keys: one per access key and day in use, a KiB each.
SIGNING_KEYS_MAX: Final = 16_384

# --- Sessions and revocation ----------------------------------------------------

# Access key ids hold 39 random bits: a collision is retried, and a second one
# in a row means that the source of randomness is broken.
ACCESS_KEY_ATTEMPTS_MAX: Final = 4
# design 7: how long a worker may vouch for sessions after it last read the log.
REVOCATION_LEASE_DEFAULT: Final = timedelta(seconds=5)
REVOCATION_LEASE_MIN: Final = timedelta(seconds=1)
REVOCATION_LEASE_MAX: Final = timedelta(seconds=30)
# design 7: a revocation outlives what it revokes by a day, so that a clock jump
# of the store does not bring a session back.
REVOCATION_KEPT_AFTER_EXPIRY: Final = timedelta(days=1)
REVOCATIONS_READ_MAX: Final = 1_000
# A line for the audit log.
REVOCATION_REASON_CHARACTERS_MAX: Final = 256
PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 1_000

# How long clients and verifiers may keep the key set. Every key is published for
# longer than this before it signs.
KEY_SET_AGE_MAX: Final = timedelta(minutes=5)

# --- Questions about access -----------------------------------------------------

# Actions and resources of one simulation, and their product: each result takes as
# long as a decision with its explanation, so that the largest lasts about a second.
SIMULATED_ACTIONS_MAX: Final = 64
SIMULATED_RESOURCES_MAX: Final = 64
SIMULATED_RESULTS_MAX: Final = 1_024
# Policies of one replaced slot, and levels of an organisation.
SIMULATED_DOCUMENTS_MAX: Final = 32
SIMULATED_LEVELS_MAX: Final = 16
# The resources of one simulation, once for each action: they stand in each result.
SIMULATED_NAMES_CHARACTERS_MAX: Final = 262_144
# The explanations of one simulation as JSON; past it the results that are left say
# what each slot says and no more. It leaves room in the largest response.
SIMULATION_BYTES_MAX: Final = 2_097_152
# As IAM has it for action names in simulations.
ACTION_CHARACTERS_MIN: Final = 3
ACTION_CHARACTERS_MAX: Final = 128
# As IAM has it for context keys in simulations.
CONTEXT_KEY_CHARACTERS_MIN: Final = 5
CONTEXT_KEY_CHARACTERS_MAX: Final = 256
CONTEXT_ENTRIES_MAX: Final = 100
CONTEXT_VALUES_MAX: Final = 256
CONTEXT_VALUE_CHARACTERS_MAX: Final = 2_048
# A service name, a provider's ARN or its domain.
PRINCIPAL_NAME_CHARACTERS_MAX: Final = 2_048

# --- Denials and their explanations ---------------------------------------------

# How long a denial can be asked about: long enough to read a log and ask, and at
# the most a working day, because each takes up to 32 KiB of the store.
DECISION_RETENTION_DEFAULT: Final = timedelta(hours=1)
DECISION_RETENTION_MIN: Final = timedelta(minutes=1)
DECISION_RETENTION_MAX: Final = timedelta(hours=24)
# A denial waits no longer than this for its explanation to be kept.
DECISION_STORE_TIME_MAX: Final = timedelta(milliseconds=250)
# One explanation as JSON; a longer one is cut to the statements that count.
EXPLANATION_BYTES_MAX: Final = 16_384
# Explanations that one worker keeps for one calling account: so many at once, and
# then so many a second. Who is refused more often fills no store.
DECISIONS_KEPT_BURST_MAX: Final = 1_000
DECISIONS_KEPT_PER_SECOND: Final = 1
DECISION_ACCOUNTS_MAX: Final = 10_000
# The embedded store forgets the oldest past it: most are about 4 KiB long.
MEMORY_DECISIONS_MAX: Final = 10_000
# A request id, a dash and the number of a batch's item are 41.
DECISION_ID_CHARACTERS_MAX: Final = 128
# What an API of AWS takes as an encoded message.
AUTHORIZATION_MESSAGE_CHARACTERS_MAX: Final = 10_240
# What fits into the trailers of a call: with the decision id it is most of twice
# `STATUS_DETAIL_BYTES_MAX`.
AUTHORIZATION_MESSAGE_ISSUED_CHARACTERS_MAX: Final = 1_792
# What a message unfolds to: one of the longest is cut to this before it is sealed.
AUTHORIZATION_MESSAGE_BYTES_MAX: Final = 65_536

# --- Batches --------------------------------------------------------------------

# speed 3: bulk calls gain nothing past 64; 256 still answers in milliseconds.
BATCH_ITEMS_MAX: Final = 256

# --- Doors ----------------------------------------------------------------------

# attacks G08. A batch of 256 requests of one KiB each is exactly this.
REQUEST_MESSAGE_BYTES_MAX: Final = 262_144
# attacks F2: the soft and the hard limit of request metadata.
METADATA_BYTES_SOFT_MAX: Final = 8_192
METADATA_BYTES_MAX: Final = 16_384
# attacks F2: the one option that decides whether one connection can deny service.
STREAMS_PER_CONNECTION_MAX: Final = 100
# speed 2: gRPC core drops bursts past about 1,000 pending calls by default.
PENDING_CALLS_MAX: Final = 10_000
# Calls in work at once in one worker; past it a call is told to come back.
CONCURRENT_CALLS_MAX: Final = 1_000
# attacks G10: the deadline of a call that names none, and the longest allowed.
CALL_DEADLINE_DEFAULT: Final = timedelta(seconds=10)
CALL_DEADLINE_MAX: Final = timedelta(seconds=60)
# reliability E02.
DRAIN_TIME_MAX: Final = timedelta(seconds=10)
# When a call that found the worker full is to come back: by then the calls that
# filled it have been answered.
THROTTLING_RETRY_DELAY: Final = timedelta(milliseconds=100)
# 256 session tokens of 4 KiB with their credentials are 1.2 MiB, a full page of
# sessions less; clients accept no more than this by default.
RESPONSE_MESSAGE_BYTES_MAX: Final = 4_194_304
# Every part of an error travels in the trailers, of which common clients accept
# 8 KiB: the message twice, once percent-encoded and once in base64, and the
# details in base64.
STATUS_MESSAGE_BYTES_MAX: Final = 2_048
STATUS_DETAIL_BYTES_MAX: Final = 1_024
# An error with more violations than that: its message says the same as they do, so
# it is cut to this, and they get what it leaves, and what variables do not take.
STATUS_MESSAGE_BYTES_BESIDE_VIOLATIONS: Final = 512
STATUS_VIOLATIONS_BYTES_MAX: Final = 4_480
# The first version has 55; later ones may have more, of which we read nothing.
TRACE_PARENT_CHARACTERS_MAX: Final = 256
# What a client calls itself, as policies and records see it.
USER_AGENT_CHARACTERS_MAX: Final = 256
# A connection that has not finished its handshake by then is not a client.
HANDSHAKE_TIME_MAX: Final = timedelta(seconds=10)
# attacks F2: idle connections are closed, and old ones move to other replicas.
CONNECTION_IDLE_MAX: Final = timedelta(minutes=5)
CONNECTION_AGE_MAX: Final = timedelta(minutes=30)
# attacks F2, G26: how often a client may ping, and how often it may offend.
CLIENT_PING_INTERVAL_MIN: Final = timedelta(seconds=10)
CLIENT_PING_STRIKES_MAX: Final = 2
# A client that vanished without a word is noticed after both.
KEEPALIVE_INTERVAL: Final = timedelta(minutes=1)
KEEPALIVE_ANSWER_TIME_MAX: Final = timedelta(seconds=20)

# --- Directory ------------------------------------------------------------------

# How often the directory's files are looked at: a look at ten thousand takes some
# milliseconds, and an edit that takes an hour to be seen is forgotten by then.
DIRECTORY_POLL_MIN: Final = timedelta(milliseconds=100)
DIRECTORY_POLL_MAX: Final = timedelta(hours=1)
# One file of the directory, and all of them: ten thousand roles fit.
DIRECTORY_FILE_BYTES_MAX: Final = 1_048_576
DIRECTORY_FILES_MAX: Final = 10_000
# All files together, which are held in memory while they are read.
DIRECTORY_BYTES_MAX: Final = 67_108_864
# Values of one file, each of which takes about 200 bytes while it is read.
DIRECTORY_FILE_NODES_MAX: Final = 100_000
# Faults that are reported at once; a file of another kind would give thousands.
DIRECTORY_FAULTS_MAX: Final = 1_000
# The registry of unique ids: about 100 bytes an entity, retired ones included.
DIRECTORY_REGISTRY_BYTES_MAX: Final = 67_108_864
# policy-language 3.4.
MANAGED_POLICY_CHARACTERS_MAX: Final = 6_144
USER_POLICIES_CHARACTERS_MAX: Final = 2_048
GROUP_POLICIES_CHARACTERS_MAX: Final = 5_120
ROLE_POLICIES_CHARACTERS_MAX: Final = 10_240
TRUST_POLICY_CHARACTERS_MAX: Final = 4_096
ORGANIZATION_POLICY_CHARACTERS_MAX: Final = 5_120
# A reload holds the lock of the registry for well under a second.
DIRECTORY_LOCK_TIME_MAX: Final = timedelta(seconds=10)

# --- Policies -------------------------------------------------------------------

# attacks P28: ten times what the largest stored document has room for.
POLICY_STATEMENTS_MAX: Final = 1_000
# Entries of one list: actions, resources, principals, values of a key.
POLICY_ENTRIES_MAX: Final = 4_096
# attacks P21: no count, size or age that a condition compares has more digits.
POLICY_NUMBER_CHARACTERS_MAX: Final = 64
# attacks P21: 1e999 is finite as a decimal and infinite to every other reader of
# the same policy, so the power of ten stays within that of a double.
POLICY_NUMBER_EXPONENT_MAX: Final = 308
# An explanation is read by people and kept for a while: of a long list the first
# values, and of a slot the statements that came closest, say enough.
EXPLANATION_VALUES_MAX: Final = 8
EXPLANATION_VALUE_CHARACTERS_MAX: Final = 256
EXPLANATION_STATEMENTS_MAX: Final = 64
# Changes that an explanation proposes, and how many it tries. Each try is one to
# some decisions, of about 20 µs for policies of common size.
EXPLANATION_CHANGES_MAX: Final = 3
EXPLANATION_CHANGES_TRIED_MAX: Final = 6
# What needs more conditions met than these is not near.
EXPLANATION_CONDITIONS_MAX: Final = 16
# More steps than slots and organisation levels together take.
EXPLANATION_STEPS_MAX: Final = 16
# 85 random bits do not repeat unless the source of randomness is broken.
UNIQUE_ID_ATTEMPTS_MAX: Final = 4
# As AWS has it: two keys let one be rotated while the other works.
ACCESS_KEYS_MAX: Final = 2
# A secret shorter than this can be searched for; ours have 40 characters.
SECRET_ACCESS_KEY_CHARACTERS_MIN: Final = 32
SECRET_ACCESS_KEY_CHARACTERS_MAX: Final = 128
# spec 1.3: client ids of one OIDC provider.
CLIENT_IDS_MAX: Final = 100

# --- Audit ----------------------------------------------------------------------

# attacks L05: records that wait for the disk; past it minting is closed.
AUDIT_QUEUE_RECORDS_MAX: Final = 4_096
AUDIT_WRITE_TIME_MAX: Final = timedelta(seconds=2)

# --- Store ----------------------------------------------------------------------

# attacks R23, L05: operations that wait for the store in one worker; past it a
# call is told to come back, and one that is refused costs nothing.
STORE_QUEUE_MAX: Final = 4_096
# Operations of one pipeline: 512 session records are about 200 KiB, one write.
STORE_BATCH_MAX: Final = 512
# reliability E03, E05: a healthy store answers in a millisecond; one that does
# not within a second is taken for gone, so that a minority side refuses in time.
STORE_CONNECT_TIME_MAX: Final = timedelta(seconds=1)
STORE_CALL_TIME_MAX: Final = timedelta(seconds=1)
# How long a call waits in all: its turn, a new connection, and the answer.
STORE_WAIT_TIME_MAX: Final = timedelta(seconds=3)
# attacks R06: how long the replicas have to confirm a write.
STORE_REPLICATION_TIME_MAX: Final = timedelta(milliseconds=500)
# attacks R23: the pause before connecting again, doubled from least to most.
STORE_RECONNECT_PAUSE_MIN: Final = timedelta(milliseconds=20)
STORE_RECONNECT_PAUSE_MAX: Final = timedelta(milliseconds=500)
# What a caller is told to wait when the store is away.
STORE_RETRY_AFTER: Final = timedelta(seconds=1)
# A stored record is under 1 KiB; a longer one is not ours.
STORE_RECORD_BYTES_MAX: Final = 65_536
# Workers that may report on the revocation log at once.
WORKERS_MAX: Final = 1_024
WORKER_ID_CHARACTERS_MAX: Final = 128
# Replicas that a write may wait for.
STORE_REPLICAS_MAX: Final = 5
# The revocation log is forgotten when no worker has lived for this long: by then
# every session, of 36 hours at the most, has been expired for days.
REVOCATION_LOG_IDLE_MAX: Final = timedelta(days=7)
# The embedded store keeps about one KiB a session in memory.
MEMORY_SESSIONS_MAX: Final = 1_000_000
MEMORY_REVOCATIONS_MAX: Final = 1_000_000
# A journal is rewritten when it has grown by this much and to twice its size.
JOURNAL_REWRITE_BYTES_MIN: Final = 67_108_864

# --- Files ----------------------------------------------------------------------

# The key of AES-256.
MASTER_KEY_BYTES: Final = 32
# A ring of a hundred keys is about 64 KiB.
KEYRING_FILE_BYTES_MAX: Final = 1_048_576
# A secret, such as a long-term key or a client secret, is far shorter.
SECRET_FILE_BYTES_MAX: Final = 65_536
# attacks L03: what an audit record keeps of one value; an ARN is never longer.
AUDIT_VALUE_CHARACTERS_MAX: Final = 2_048
AUDIT_ATTRIBUTES_MAX: Final = 32
# Every value at its longest, each character escaped as twelve bytes.
AUDIT_LINE_BYTES_MAX: Final = 2_097_152
# Records that share one fsync.
AUDIT_BATCH_MAX: Final = 512

# --- Telemetry ------------------------------------------------------------------

# attacks L03: what a log line keeps of one value, and how deep it looks.
LOG_VALUE_CHARACTERS_MAX: Final = 4_096
LOG_DEPTH_MAX: Final = 6
LOG_ITEMS_MAX: Final = 64
# attacks L05: lines that wait for a slow reader of stderr; past it lines are
# dropped and counted, so that no request waits for a log.
LOG_QUEUE_LINES_MAX: Final = 10_000
# attacks L08: different values of one metric label; any further is "other".
METRIC_LABEL_VALUES_MAX: Final = 128
TELEMETRY_SHUTDOWN_TIME_MAX: Final = timedelta(seconds=3)
TELEMETRY_EXPORT_TIME_MAX: Final = timedelta(seconds=5)
TELEMETRY_EXPORT_INTERVAL: Final = timedelta(seconds=15)
TELEMETRY_SPAN_QUEUE_MAX: Final = 2_048
