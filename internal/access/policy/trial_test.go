package policy
import ("testing";"fmt";"strings"
 vp "github.com/versity/versitygw/iamapi/policy"
 "github.com/versity/versitygw/iamapi/types")
func doc(n int) string {
 var s []string
 for i:=0;i<n;i++ { s=append(s, fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":["rekognition:CreateProject%d","rekognition:Describe*"],"Resource":["arn:aws:rekognition:*:111122223333:project/p%d/*"],"Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}`,i,i,i)) }
 return `{"Version":"2012-10-17","Statement":[`+strings.Join(s,",")+`]}`
}
func BenchmarkV(b *testing.B){
 for _,n:=range []int{1,5,20}{ d:=doc(n)
 b.Run(fmt.Sprint(n,"_",len(d)), func(b *testing.B){ b.ReportAllocs(); for b.Loop(){ vp.EvaluateIdentityPolicies([]types.PolicyEntry{{PolicyDocument:d}}, vp.RequestContext{Action:"rekognition:DescribeProjects",Resource:"arn:aws:rekognition:us-east-1:111122223333:project/p0/123",Condition:map[string][]string{"aws:ResourceTag/team":{"a"}}})}})
 }
}
