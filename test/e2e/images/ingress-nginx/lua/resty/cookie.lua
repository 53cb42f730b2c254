local _M = {}

function _M.new()
  return nil, "session affinity is not in this image"
end

return _M
