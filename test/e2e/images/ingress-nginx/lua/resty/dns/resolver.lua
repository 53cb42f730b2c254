local _M = {}

function _M.new()
  return nil, "a Service of type ExternalName is not in this image"
end

return _M
