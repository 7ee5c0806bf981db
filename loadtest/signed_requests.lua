-- Sends requests that were signed beforehand, each as it stands in a file: a line
-- with its length in bytes, and the request behind it.

local requests, next_one = {}, 0
-- How many were sent; more than there are means that some were sent again.
sent = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local length = file:read("*n", "*l")
  while length do
    requests[#requests + 1] = file:read(length)
    length = file:read("*n", "*l")
  end
  file:close()
end

function request()
  sent = sent + 1
  next_one = next_one % #requests + 1
  return requests[next_one]
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency)
  local sent_by_all, errors = 0, summary.errors
  for _, thread in ipairs(threads) do
    sent_by_all = sent_by_all + thread:get("sent")
  end
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'RESULT {"answered":%d,"microseconds":%d,"sent":%d,"refused":%d,"failed":%d,"p99":%d}\n',
    summary.requests, summary.duration, sent_by_all, errors.status, failed,
    latency:percentile(99)))
end
