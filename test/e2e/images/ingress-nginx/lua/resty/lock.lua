-- A lock in a shared dictionary, without waiting: who calls it does not wait either.
local _M = {}
local metatable = { __index = _M }

function _M.new(_, dictionary, options)
  local shared = ngx.shared[dictionary]
  if not shared then
    return nil, "dictionary not found"
  end
  return setmetatable({ shared = shared, expires = options and options.exptime or 30 }, metatable)
end

function _M.lock(self, key)
  local ok = self.shared:add(key, true, self.expires)
  if not ok then
    return nil, "timeout"
  end
  self.key = key
  return 0
end

function _M.unlock(self)
  self.shared:delete(self.key)
  return 1
end

return _M
