local _M = {}

function _M.new()
  return nil, "the global rate limit is not in this image"
end

return _M
