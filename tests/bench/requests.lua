-- What wrk sends, and what it found out. `-- FILE` names one request a line: METHOD, path, token, body, with tabs between.
-- They are sent in random order, so that no answer of one URL kept anywhere flatters the server. Without a file the URL
-- itself is asked again and again, and wrk runs no Lua while it measures.

local KEY = "IDEMPOTENCY-KEY-HERE"
local requests = {}
local keyCount = 0
local keyPrefix = ""

local function read(path, keyed)
  for line in io.lines(path) do
    local method, target, token, body = line:match("^(%u+)\t(%S+)\t([^\t]*)\t(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    if keyed then headers["Idempotency-Key"] = KEY end
    requests[#requests + 1] = wrk.format(method, target, headers, body ~= "" and body or nil)
  end
end

local function plain()
  return requests[math.random(#requests)]
end

-- A key of its own for each request: a replay would be cheaper than an order.
local function keyed()
  keyCount = keyCount + 1
  local text = requests[math.random(#requests)]
  local from, to = text:find(KEY, 1, true)
  return text:sub(1, from - 1) .. keyPrefix .. keyCount .. text:sub(to + 1)
end

function init(args)
  if #args == 0 then return end
  local isKeyed = #args > 1
  keyPrefix = args[2] or ""
  math.randomseed(os.time())
  read(args[1], isKeyed)
  request = isKeyed and keyed or plain
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requestCount":%d,"durationMicros":%d,"bytes":%d,"p50Micros":%d,"p99Micros":%d,' ..
    '"refusedCount":%d,"brokenCount":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
