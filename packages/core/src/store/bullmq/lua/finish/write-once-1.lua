--[[
  Stores the result of a `local.once`, with the puts of its function (O5, J6). A result that is
  there stays. Fenced by the token of the run (I5).

  KEYS: job
  ARGV: token, key, result (JSON), then the puts (see `store-puts`)
  Reply: 1 it is stored, by this call or an earlier one; -1, -2, -6 the run does not hold the job
]]
--- @include "end-claim"
--- @include "open-pack"
--- @include "store-puts"
local jobKey = KEYS[1]
local token, key, result = unpack(ARGV, 1, 3)
local PUTS = 4

openFor(jobKey)
local refusal = refusalOfToken(jobKey, token)
if refusal then return refusal end
if redis.call('HEXISTS', jobKey .. ':once', key) == 1 then return 1 end
if arePutsGone(PUTS) then return goneReply() end
storePuts(PUTS, jobKey)
redis.call('HSET', jobKey .. ':once', key, result)
return 1
