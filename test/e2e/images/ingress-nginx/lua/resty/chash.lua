-- Rendezvous hashing over {node = weight}: a node that goes moves its own keys only.
local crc32 = ngx.crc32_long
local _M = {}
local metatable = { __index = _M }

function _M.new(_, nodes)
  return setmetatable({ nodes = nodes }, metatable)
end

function _M.reinit(self, nodes)
  self.nodes = nodes
end

function _M.find(self, key)
  local best, most
  for node in pairs(self.nodes) do
    local rank = crc32(tostring(key) .. "/" .. node)
    if not most or rank > most or (rank == most and node < best) then
      best, most = node, rank
    end
  end
  return best
end

return _M
